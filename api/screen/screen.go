// Package screen is a till's counter as something with more room than a line
// display shows it: who is here, what she earns and why, what was sold last, how the
// till stands. It is one conversation, and what is pressed on a screen is pressed in
// it. Amounts and times are in words, in the till's language as papers are, and amounts in
// a reader's where For names one; what is said around them is named by the id of a text, for whoever shows it knows the reader's.
package screen

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Seen is the counter's conversation as it was seen last.
type Seen struct {
	checkout.View
	Shown [2]string // what the line display shows
}

// Counter is the till's one conversation. Its methods may be called from several
// goroutines; those that act return what came of it, and an error where the till
// stops.
type Counter interface {
	Seen() Seen
	Press(ctx context.Context, keys []device.Key) (Seen, error)
	// Scan takes a code that a scanner typed into a screen.
	Scan(ctx context.Context, code string) (Seen, error)
	Choose(ctx context.Context, reward string) (Seen, error)
}

// Journal gives what is shown beside the conversation.
type Journal interface {
	Standing(ctx context.Context) (Standing, error)
	// Recent are the last papers of this till, newest first, most at most.
	Recent(ctx context.Context, most int) ([]checkout.Paper, error)
}

// Screens makes them. Its fields are set before first use.
type Screens struct {
	Till    *checkout.Till
	Counter Counter
	Journal Journal
	Staff   *staff.Book    // nil where it cannot be read
	Header  receipt.Header // what stands on every receipt
	// Columns is the width of receipts.
	Columns int

	reader *loyalty.Language // nil where what is read is in the till's
}

// ErrNoKeys says that something that was to be pressed is no key.
var ErrNoKeys = errors.New("these are no keys")

// Now is the conversation as it stands.
func (s *Screens) Now(ctx context.Context) Conversation { return s.conversation(ctx, s.Counter.Seen()) }

// Press presses keys: digits, = < x for ENTER, CLEAR and CANCEL, A to F for REDEEM, VOID, ENROLL, COPY,
// RETURN and MENU. It is ErrNoKeys where one is none of these, or they are too many.
func (s *Screens) Press(ctx context.Context, keys string) (Conversation, error) {
	pressed, ok := readKeys(keys)
	if !ok {
		return Conversation{}, ErrNoKeys
	}
	seen, err := s.Counter.Press(ctx, pressed)
	if err != nil {
		return Conversation{}, err
	}
	return s.conversation(ctx, seen), nil
}

// Scan takes a code that a scanner typed, and shows what came of it.
func (s *Screens) Scan(ctx context.Context, code string) (Conversation, error) {
	seen, err := s.Counter.Scan(ctx, code)
	if err != nil {
		return Conversation{}, err
	}
	return s.conversation(ctx, seen), nil
}

// Choose sets a reward aside, or gives it back where it is.
func (s *Screens) Choose(ctx context.Context, reward string) (Conversation, error) {
	seen, err := s.Counter.Choose(ctx, reward)
	if err != nil {
		return Conversation{}, err
	}
	return s.conversation(ctx, seen), nil
}

// OnDuty is the name of who is signed on at the till; empty where nobody is.
func (s *Screens) OnDuty() string {
	if s.Staff == nil {
		return ""
	}
	who, _ := s.Staff.Operator(s.Staff.OnDuty())
	return who.Name
}

// Clock is a time in the store's zone: of today without the date.
func (s *Screens) Clock(at time.Time) string {
	at = at.In(s.Till.Zone)
	if at.Format(time.DateOnly) == time.Now().In(s.Till.Zone).Format(time.DateOnly) {
		return s.Till.Language.Clock(at)
	}
	return s.Till.Language.Instant(at)
}
