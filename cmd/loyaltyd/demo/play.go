package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

const playHelp = `
The tills are open. Type a till's number and keys, then Enter:
    1 05320000001     keys at till 1, ENTER behind them
    1 A               one of A REDEEM, C ENROLL, x CANCEL, < CLEAR
    cut | mend        the network
    quit              ends; the folders stay
`

// settle is how long a display gets to answer a line of keys.
const settle = 300 * time.Millisecond

// play lets a person press keys until the input or the context ends.
func play(ctx context.Context, s *stage.Stage, o Options) error {
	fmt.Fprint(o.Out, playHelp)
	lines := make(chan string)
	go readLines(o.In, lines) // ends with its input; a terminal's read cannot be called back
	t := &teller{o.Out}
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, ok := <-lines:
			if !ok || line == "quit" {
				return nil
			}
			if err := t.obey(s, line); err != nil {
				fmt.Fprintln(o.Out, err)
			}
		}
	}
}

func readLines(in io.Reader, lines chan<- string) {
	defer close(lines)
	for scanner := bufio.NewScanner(in); scanner.Scan(); {
		lines <- strings.TrimSpace(scanner.Text())
	}
}

func (t *teller) obey(s *stage.Stage, line string) error {
	switch line {
	case "":
		return nil
	case "cut":
		s.Network.Cut()
		return nil
	case "mend":
		return s.Network.Restore()
	}
	number, keys, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(s.Lanes) {
		return fmt.Errorf("%q is no till; write 1 or 2, a space, and keys", number)
	}
	lane := s.Lanes[n-1]
	if err := lane.Keypad.Type(bytesOf(keys)); err != nil {
		return err
	}
	time.Sleep(settle)
	upper, lower := lane.Display.Lines()
	t.picture(lane.Name, upper, lower)
	return nil
}

// bytesOf turns what a person writes into what a keypad sends.
func bytesOf(keys string) string {
	switch keys = strings.ToUpper(strings.TrimSpace(keys)); keys {
	case "A", "B", "C", "D", "E", "F":
		return keys
	case "X":
		return "\x1b"
	case "<":
		return "\x7f"
	}
	return keys + "\r"
}
