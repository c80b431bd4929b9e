package command

import (
	"fmt"
	"strings"
	"time"
)

// progressAfter is how long a walk is silent.
const progressAfter = 2 * time.Second

// progress draws a bar where a person looks at a terminal and waits longer than
// progressAfter; a count where the total is not known (0).
func (c *console) progress() func(done, total int) {
	if !isTerminal(c.talk) {
		return func(int, int) {}
	}
	began, drawn := time.Now(), time.Time{}
	return func(done, total int) {
		now := time.Now()
		if now.Sub(began) < progressAfter || now.Sub(drawn) < 100*time.Millisecond && done != total {
			return
		}
		drawn = now
		if c.bar = done != total; total == 0 {
			fmt.Fprintf(c.talk, "\r%d rows", done)
			return
		}
		const width = 40
		fmt.Fprintf(c.talk, "\r[%-*s] %3d %%", width, strings.Repeat("#", width*done/total), 100*done/total)
		if !c.bar {
			fmt.Fprintln(c.talk)
		}
	}
}

// watch tells a person who waits what is being done.
func (c *console) watch(stage string) func(done, total int) {
	if !isTerminal(c.talk) {
		return func(int, int) {}
	}
	bar, said := c.progress(), false
	began := time.Now()
	return func(done, total int) {
		if !said && time.Since(began) > progressAfter {
			said = true
			fmt.Fprintln(c.talk, stage)
		}
		bar(done, total)
	}
}
