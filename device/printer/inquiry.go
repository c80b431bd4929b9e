package printer

import (
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

const (
	// askEvery is how often a printer is asked that prints, askTrouble how
	// often one that does not, so that nobody who has put paper in waits.
	askEvery   = time.Second
	askTrouble = 500 * time.Millisecond
	// askSilent is how often one is asked that never answered.
	askSilent = time.Minute
	// answerWait is how long an answer may take once the question is on the
	// line, and unanswered how many questions in a row make the status unknown.
	answerWait = 3 * time.Second
	unanswered = 3
	// settle is how long the line must be quiet after an answer did not come:
	// when it comes later it must not meet another question.
	settle = 10 * time.Second
)

// parts are the arguments of DLE EOT that make up a status, in this order:
// printer, cause of being offline, paper.
var parts = [...]byte{1, 2, 4}

// askStar is Star's question, ESC ACK SOH: the whole status.
const askStar = "\x1b\x06\x01"

// inquiry asks a printer how it is, with one DLE EOT at a time: an answer does
// not tell which question it belongs to. It is pure; its owner sends what it
// asks and gives it what comes.
type inquiry struct {
	star      bool      // it is asked in Star's way
	automatic bool      // it tells by itself, too
	part      int       // of parts, which is asked now or next
	asked     bool      // and waits for its answer
	due       time.Time // of the answer while asked, else of the next question
	missed    int       // questions in a row without an answer
	answered  bool      // at least once
	parts     [len(parts)]byte
	status    device.PrinterStatus
}

// next returns the question to send now, if any, and otherwise how long there is
// none. The answer is awaited from free on, when the line has carried all that
// was sent before.
func (q *inquiry) next(now, free time.Time) (question []byte, wait time.Duration) {
	if q.asked && !now.Before(q.due) {
		q.miss(now)
	}
	if now.Before(q.due) {
		return nil, q.due.Sub(now)
	}
	q.asked = true
	q.due = now.Add(answerWait)
	if free.After(now) {
		q.due = free.Add(answerWait)
	}
	if q.star {
		return []byte(askStar), q.due.Sub(now)
	}
	return []byte{0x10, 0x04, parts[q.part]}, q.due.Sub(now)
}

// miss counts a question that was not answered.
func (q *inquiry) miss(now time.Time) {
	q.missed++
	if q.missed >= unanswered {
		q.status = device.PrinterStatus{}
	}
	q.pause(now, settle)
	if !q.answered && q.missed >= unanswered {
		q.pause(now, askSilent)
	}
}

// take gives q what the printer said.
func (q *inquiry) take(a answer, now time.Time) {
	switch a.kind {
	case automatic:
		if q.automatic {
			q.status = readAutomatic(a)
		}
	case starStatus:
		q.status = readStar(a) // asked for or not, it is whole
		q.answers(now, func() bool { return true })
	case realTime:
		q.answers(now, func() bool { return q.takePart(a.bytes[0], now) })
	}
}

// answers takes an answer to the question that was asked; done makes the status
// of it, if it is the last.
func (q *inquiry) answers(now time.Time, done func() bool) {
	if !q.asked {
		if q.missed > 0 {
			q.pause(now, settle) // this one is late, and more may be
		}
		return
	}
	q.missed, q.answered = 0, true
	if !done() {
		return
	}
	if q.status.Err() != nil {
		q.pause(now, askTrouble)
	} else {
		q.pause(now, askEvery)
	}
}

// takePart takes one of the parts, and returns whether it was the last.
func (q *inquiry) takePart(b byte, now time.Time) bool {
	q.parts[q.part] = b
	if q.part++; q.part < len(parts) {
		q.asked, q.due = false, now
		return false
	}
	q.status = read(q.parts)
	return true
}

// pause begins a new round after d.
func (q *inquiry) pause(now time.Time, d time.Duration) {
	q.part, q.asked, q.due = 0, false, now.Add(d)
}

// read is what the answers mean; the bits are those of Epson's DLE EOT.
func read(answers [len(parts)]byte) device.PrinterStatus {
	printer, cause, paper := answers[0], answers[1], answers[2]
	return device.PrinterStatus{
		Known:      true,
		Offline:    printer&0x08 != 0,
		CoverOpen:  cause&0x04 != 0,
		RecEmpty:   cause&0x20 != 0 || paper&0x60 != 0,
		RecNearEnd: paper&0x0c != 0,
	}
}

// readAutomatic is what the four bytes of GS a mean.
func readAutomatic(a answer) device.PrinterStatus {
	return device.PrinterStatus{
		Known:      true,
		Offline:    a.bytes[0]&0x08 != 0,
		CoverOpen:  a.bytes[0]&0x20 != 0,
		RecEmpty:   a.bytes[2]&0x0c != 0,
		RecNearEnd: a.bytes[2]&0x03 != 0,
	}
}

// readStar is what Star's status means.
func readStar(a answer) device.PrinterStatus {
	return device.PrinterStatus{
		Known:      true,
		Offline:    a.bytes[2]&0x08 != 0,
		CoverOpen:  a.bytes[2]&0x20 != 0,
		RecEmpty:   a.bytes[5]&0x08 != 0,
		RecNearEnd: a.bytes[5]&0x06 != 0,
	}
}
