package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

// ayse is the customer; no such number is in use.
const (
	Ayse        = "05320000001"
	ayseAbroad  = "905320000001"
	ayseWritten = "+90 532 000 00 01"
)

// finalBalance is what the story ends with: 600 + 200 − 500 + 118 + 80.
const finalBalance = 498

// tell plays the story from the first key to the three balances.
func tell(ctx context.Context, s *stage.Stage, out io.Writer) error {
	t := &teller{out}
	t.say("Headquarters and two tills of one store start, each a process of its own.")
	if err := s.Open(ctx, tills...); err != nil {
		return err
	}
	scenes := []func(context.Context, *stage.Stage, *teller) error{enrollAndEarn, knownAtTheOther, cutAndGoOn, mend}
	for _, scene := range scenes {
		if err := scene(ctx, s, t); err != nil {
			return err
		}
	}
	return nil
}

func enrollAndEarn(ctx context.Context, s *stage.Stage, t *teller) error {
	one := s.Lanes[0]
	t.say("Till 1: a customer keys her number. Nobody knows it yet.")
	if err := t.press(ctx, one, Ayse+"\r", "New? ENROLL / CANCEL"); err != nil {
		return err
	}
	t.say("She wants to join: ENROLL. Then the amount, 600.00.")
	if err := t.press(ctx, one, "C", "Amount, then ENTER"); err != nil {
		return err
	}
	return t.press(ctx, one, "60000\r", "+600")
}

func knownAtTheOther(ctx context.Context, s *stage.Stage, t *teller) error {
	two := s.Lanes[1]
	t.say("Till 2 hears of her from headquarters. She keys the number with the country's code, and buys for 200.00.")
	if err := t.balance(ctx, s, "till2", 600); err != nil {
		return err
	}
	if err := t.press(ctx, two, ayseAbroad+"\r", "600 points"); err != nil {
		return err
	}
	if err := t.press(ctx, two, "20000\r", "+200"); err != nil {
		return err
	}
	t.say("Headquarters has set 500 of her points aside for till 1, where she bought before.")
	// Cut before till 1 has heard of the 200, it would tell another sum in each demo.
	return t.until(ctx, s, "till1", func(b balance) bool { return b.Balance == 800 && b.Spendable == 500 })
}

func cutAndGoOn(ctx context.Context, s *stage.Stage, t *teller) error {
	one, two := s.Lanes[0], s.Lanes[1]
	s.Network.Cut()
	t.say("The network is cut.")
	t.say("Till 1, offline: she pays 123.45 with her reward of 5.00, and earns on the rest.")
	if err := t.press(ctx, one, Ayse+"\r", "800 points"); err != nil {
		return err
	}
	if err := t.press(ctx, one, "A", "-5.00"); err != nil {
		return err
	}
	if err := t.press(ctx, one, "12345\r", "Pay 118.45"); err != nil {
		return err
	}
	if err := t.print(ctx, one, "118.45"); err != nil {
		return err
	}
	t.say("Till 2, offline: the same points cannot be spent twice. She earns all the same, 80.00.")
	if err := t.press(ctx, two, Ayse+"\r", "800 points"); err != nil {
		return err
	}
	if err := t.press(ctx, two, "A", "No reward now:"); err != nil {
		return err
	}
	return t.press(ctx, two, "8000\r", "+80")
}

func mend(ctx context.Context, s *stage.Stage, t *teller) error {
	if err := s.Network.Restore(); err != nil {
		return err
	}
	t.say("The network is back. Both tills send what they kept, and hear of each other.")
	for _, name := range tills {
		if err := t.balance(ctx, s, name, finalBalance); err != nil {
			return err
		}
	}
	return nil
}

// teller writes the story and plays its keys.
type teller struct{ out io.Writer }

func (t *teller) say(text string) { fmt.Fprintf(t.out, "\n%s\n", text) }

// press types keys and waits until the display has the words.
func (t *teller) press(ctx context.Context, l *stage.Lane, keys, words string) error {
	if err := l.Press(ctx, keys, words); err != nil {
		return err
	}
	upper, lower := l.Display.Lines()
	t.picture(l.Name, upper, lower)
	return nil
}

func (t *teller) picture(name, upper, lower string) {
	edge := "+" + strings.Repeat("-", 22) + "+"
	fmt.Fprintf(t.out, "    %-6s %s\n           | %-20s |\n           | %-20s |\n           %s\n", name, edge, upper, lower, edge)
}

// print waits for a receipt with the words and shows it as the paper has it.
func (t *teller) print(ctx context.Context, l *stage.Lane, words string) error {
	var text string
	err := l.Printer.Wait(ctx, func(receipts []sim.Receipt) bool {
		if len(receipts) == 0 {
			return false
		}
		text = receipts[len(receipts)-1].Text
		return strings.Contains(text, words)
	})
	if err != nil {
		return fmt.Errorf("%s: no receipt with %q came: %w", l.Name, words, err)
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		fmt.Fprintf(t.out, "           | %-42s |\n", line)
	}
	return nil
}

// balance waits until a till knows of this balance.
func (t *teller) balance(ctx context.Context, s *stage.Stage, name string, want int64) error {
	return t.until(ctx, s, name, func(b balance) bool { return b.Balance == want })
}

// until waits until what a till says of her holds.
func (t *teller) until(ctx context.Context, s *stage.Stage, name string, holds func(balance) bool) error {
	var last balance
	for {
		var err error
		if last, err = member(ctx, s, name); err == nil && holds(last) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: still says %+v: %w", name, last, errors.Join(ctx.Err(), err))
		case <-time.After(100 * time.Millisecond):
		}
	}
}
