package printer

import (
	"fmt"
	"slices"
	"time"
)

// Reply is how a printer tells that it has worked a job through.
type Reply byte

// The ways.
const (
	NoReply   Reply = iota
	ProcessID       // Epson's GS ( H: a number comes back once it is printed
	Status          // GS r 1 is answered behind all before it
	Counter         // Star's ETB counts in the status
)

const (
	// landing is how long a job may still be on its way once the line has
	// carried it, where the printer tells nothing.
	landing = 5 * time.Second
	// keepFor is how long a job waits for its printer: then its customer is gone.
	keepFor = 2 * time.Minute
	// maxKept bounds what is kept.
	maxKept = 32
)

// kept is a job until it is known to be on paper.
type kept struct {
	first, again []byte // as it was, and as a copy; no copy: it is not printed again
	number       uint32
	taken        time.Time
	carried      time.Time // by the line
	lost         bool      // the printer was lost; it is to be printed again
	begun        bool      // and it was begun: what is printed is the copy
}

// jobs are those that are not known to be on paper, oldest first.
type jobs struct {
	reply  Reply
	told   bool // the printer has told of one at least
	number uint32
	all    []*kept
}

// trailer is what follows a job: automatic status on again, which ESC @ has
// switched off, and the question that is answered when the job is done.
func (j *jobs) trailer() string {
	const automatic = "\x1da\x0e" // GS a: online, errors, paper
	switch j.reply {
	case ProcessID:
		return automatic + "\x1d(H\x06\x0000" + id(j.number)
	case Status:
		return automatic + "\x1dr\x01"
	case Counter:
		return "\x17"
	}
	return ""
}

// id writes a number in four letters.
func id(number uint32) string { return fmt.Sprintf("%04X", number&0xffff) }

// add keeps a job that was handed to the line.
func (j *jobs) add(k *kept) {
	j.all = append(j.all[max(0, len(j.all)+1-maxKept):], k)
}

// tidy drops what must be on paper by now, or is of no use any more.
func (j *jobs) tidy(now time.Time) {
	j.all = slices.DeleteFunc(j.all, func(k *kept) bool {
		if now.Sub(k.taken) > keepFor {
			return true
		}
		return !k.lost && !j.told && now.Sub(k.carried) > landing
	})
}

// heard drops the jobs that an answer says are done: that of its number, or the
// oldest, and all before it.
func (j *jobs) heard(a answer) {
	done := -1
	switch {
	case a.kind == processed && j.reply == ProcessID:
		done = slices.IndexFunc(j.all, func(k *kept) bool { return !k.lost && id(k.number) == string(a.bytes[:4]) })
	case a.kind == queued && j.reply == Status:
		done = slices.IndexFunc(j.all, func(k *kept) bool { return !k.lost })
	case a.kind == starStatus && j.reply == Counter:
		done = slices.IndexFunc(j.all, func(k *kept) bool { return !k.lost && k.number%32 == a.counter() })
	}
	if done < 0 {
		return
	}
	j.told = true
	j.all = slices.DeleteFunc(j.all, func(k *kept) bool { return !k.lost && k.number <= j.all[done].number })
}

// lose marks all that is not on paper for certain. What was never begun is
// printed as it was.
func (j *jobs) lose(now time.Time, untouched func(*kept) bool) {
	j.tidy(now)
	for _, k := range j.all {
		k.begun = k.begun || !untouched(k)
		k.lost = true
	}
	j.all = slices.DeleteFunc(j.all, func(k *kept) bool { return k.again == nil })
}

// due takes what is to be printed again.
func (j *jobs) due(now time.Time) (again []*kept) {
	j.tidy(now)
	for _, k := range j.all {
		if k.lost {
			again = append(again, k)
		}
	}
	j.all = slices.DeleteFunc(j.all, func(k *kept) bool { return k.lost })
	return again
}

// bytes are what is printed of it now.
func (k *kept) bytes() []byte {
	if k.begun {
		return k.again
	}
	return k.first
}
