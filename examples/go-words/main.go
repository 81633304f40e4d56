// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Words counts the words of every text file below a folder, a goroutine for each file, and writes what it found as JSON,
// which it then reads back.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"sync"
	"time"
)

type count struct {
	Word  string `json:"word"`
	Times int    `json:"times"`
}

type report struct {
	Files   []string `json:"files"`
	Words   int      `json:"words"`
	Common  []count  `json:"common"`
	Numbers []string `json:"numbers,omitempty"`
}

var (
	word   = regexp.MustCompile(`[\p{L}']+`)
	number = regexp.MustCompile(`\b(\d{1,3})(?:\.(\d+))?\b`)
)

type part struct {
	name    string
	counts  map[string]int
	numbers []string
	err     error
}

func read(name string) part {
	text, err := os.ReadFile(name)
	found := part{name: name, counts: map[string]int{}, err: err}
	for _, w := range word.FindAllString(string(text), -1) {
		found.counts[strings.ToLower(w)]++
	}
	for _, match := range number.FindAllStringSubmatch(string(text), -1) {
		found.numbers = append(found.numbers, match[1]+"+"+match[2])
	}
	return found
}

func countAll(folder string) (report, error) {
	parts := make(chan part)
	var group sync.WaitGroup
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && strings.HasSuffix(path, ".txt") {
			group.Add(1)
			go func() {
				defer group.Done()
				parts <- read(path)
			}()
		}
		return nil
	})
	if err != nil {
		return report{}, err
	}
	go func() {
		group.Wait()
		close(parts)
	}()
	var all report
	counts := map[string]int{}
	for p := range parts {
		if p.err != nil {
			return report{}, p.err
		}
		name, _ := filepath.Rel(folder, p.name)
		all.Files = append(all.Files, name)
		all.Numbers = append(all.Numbers, p.numbers...)
		for w, n := range p.counts {
			counts[w] += n
			all.Words += n
		}
	}
	for w, n := range counts {
		all.Common = append(all.Common, count{w, n})
	}
	sort.Strings(all.Files)
	sort.Strings(all.Numbers)
	sort.Slice(all.Common, func(i, j int) bool {
		a, b := all.Common[i], all.Common[j]
		return a.Times > b.Times || a.Times == b.Times && a.Word < b.Word
	})
	all.Common = all.Common[:min(5, len(all.Common))]
	return all, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: words FOLDER REPORT")
		os.Exit(2)
	}
	started := time.Now()
	all, err := countAll(os.Args[1])
	if err != nil {
		fmt.Println("cannot read:", err, "- does it not exist?", errors.Is(err, fs.ErrNotExist))
		os.Exit(1)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[2], text, 0o644); err != nil {
		fmt.Println("cannot write:", err)
		os.Exit(1)
	}
	text, err = os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	var again report
	if err := json.Unmarshal(text, &again); err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	fmt.Println(len(again.Files), "files,", again.Words, "words; HOME is", os.Getenv("HOME"))

	// Goroutines that sleep: the runtime waits by poll_oneoff until the first is due.
	done := make(chan int)
	for i := range 3 {
		go func() {
			time.Sleep(time.Duration(30-10*i) * time.Millisecond)
			done <- i
		}()
	}
	fmt.Println("woken:", <-done+<-done+<-done, time.Since(started) >= 30*time.Millisecond)
}
