// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Files, goroutines, and a heap that grows: what is printed is gophers.expected.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

const root = "/work/go"

func say(what string, err error) {
	if err != nil {
		fmt.Println(what, err)
	} else {
		fmt.Println(what, "ok")
	}
}

func trees() {
	say("MkdirAll", os.MkdirAll(root+"/a/b", 0o777))
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			name := fmt.Sprintf("%s/a/f%03d", root, i)
			if err := os.WriteFile(name, []byte(strings.Repeat("x", i)), 0o666); err != nil {
				fmt.Println(err)
			}
		})
	}
	group.Wait()
	count, total := 0, int64(0)
	say("WalkDir", filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && !entry.IsDir() {
			total += info.Size()
		}
		count++
		return err
	}))
	fmt.Println(count, "found,", total, "bytes")
	entries, err := os.ReadDir(root + "/a")
	say("ReadDir", err)
	fmt.Println(len(entries), entries[0].Name(), entries[len(entries)-1].Name())
}

func files() {
	say("Rename", os.Rename(root+"/a/f000", root+"/zero"))
	_, err := os.Stat(root + "/a/f000")
	fmt.Println("gone:", errors.Is(err, fs.ErrNotExist))
	for _, line := range []string{"one", "two"} {
		file, err := os.OpenFile(root+"/log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
		say("OpenFile", err)
		fmt.Fprintln(file, line)
		say("Close", file.Close())
	}
	text, err := os.ReadFile(root + "/log")
	fmt.Printf("%q %v\n", text, err)
	when := time.Unix(1234567890, 0)
	say("Chtimes", os.Chtimes(root+"/log", when, when))
	info, err := os.Stat(root + "/log")
	say("Stat", err)
	fmt.Println(info.ModTime().UTC(), info.Size(), info.Mode().IsRegular())
	say("Symlink", os.Symlink("log", root+"/link"))
	target, err := os.Readlink(root + "/link")
	fmt.Println(target, err)
	_, err = os.Open("/etc/passwd")
	fmt.Println("outside:", err == nil)
}

// memory is Go's own to grow: it takes it that nobody else does.
func memory() {
	var kept [][]byte
	for i := range 64 {
		block := make([]byte, 1<<20)
		for at := range block {
			block[at] = byte(i)
		}
		kept = append(kept, block)
		if err := os.WriteFile(root+"/big", block[:70000], 0o666); err != nil {
			fmt.Println(err)
		}
	}
	wrong := 0
	for i, block := range kept {
		for _, b := range block {
			if b != byte(i) {
				wrong++
			}
		}
	}
	fmt.Println(wrong, "bytes changed")
}

func main() {
	input, err := io.ReadAll(os.Stdin)
	fmt.Printf("%v %s %q %v\n", os.Args[1:], os.Getenv("TEST_VARIABLE"), input, err)
	trees()
	files()
	memory()
	words := map[string]int{}
	for _, word := range regexp.MustCompile(`\w+`).FindAllString("the cat, the dog", -1) {
		words[word]++
	}
	encoded, err := json.Marshal(words)
	fmt.Println(string(encoded), err)
	start := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("slept:", time.Since(start) >= 20*time.Millisecond)
	say("RemoveAll", os.RemoveAll(root))
}
