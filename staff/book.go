package staff

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// FileName is the file's, in the data folder.
const FileName = "operators"

const (
	maxOperators = 200
	maxName      = 60
)

// Book is who works here. Reading it waits for nothing; what changes it is on
// disk past fsync when it returns. Its methods may be called from several
// goroutines. One process has a folder's book open, the one that holds the
// folder's lock.
type Book struct {
	path  string
	keyed func(what string, data []byte) [32]byte

	mu  sync.Mutex // held by who changes it, and while a PIN is hashed
	now atomic.Pointer[content]
}

// content is the file. It is replaced, never changed.
type content struct {
	V        int      `json:"v"`
	SignedOn string   `json:"signed_on,omitempty"`
	Staff    []record `json:"operators"`
}

type record struct {
	Operator
	PIN string `json:"pin"` // hashed
	// Failed counts wrong PINs since the last right one, At is when the last was.
	Failed int           `json:"failed,omitempty"`
	At     ledger.Millis `json:"failed_at_ms,omitempty"`
}

// Open reads the book of a data folder; where there is no file nobody works
// here. keyed hashes under a key that does not stand in the file.
func Open(dir string, keyed func(what string, data []byte) [32]byte) (*Book, error) {
	b := &Book{path: filepath.Join(dir, FileName), keyed: keyed}
	c := &content{V: 1}
	err := keys.ReadFile(b.path, c)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read operators: %w", err)
	case c.V != 1:
		return nil, fmt.Errorf("read operators: %q is of another release", b.path)
	}
	b.now.Store(c)
	return b, nil
}

// Empty reports whether nobody is known.
func (b *Book) Empty() bool { return len(b.now.Load().Staff) == 0 }

// OnDuty is the id of who is signed on; empty where nobody is.
func (b *Book) OnDuty() string { return b.now.Load().SignedOn }

// Operator finds who has an id.
func (b *Book) Operator(id string) (Operator, bool) {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return c.Staff[i].Operator, true
	}
	return Operator{}, false
}

// All are the operators in order of their ids.
func (b *Book) All() []Operator {
	all := []Operator{}
	for _, r := range b.now.Load().Staff {
		all = append(all, r.Operator)
	}
	return all
}

func (c *content) index(id string) int {
	return slices.IndexFunc(c.Staff, func(r record) bool { return r.ID == id })
}

// Add takes an operator in.
func (b *Book) Add(o Operator, pin PIN) error {
	if err := o.check(); err != nil {
		return err
	}
	return b.change(func(c *content) error {
		switch {
		case c.index(o.ID) >= 0:
			return ErrExists
		case len(c.Staff) >= maxOperators:
			return fmt.Errorf("there are %d operators already", maxOperators)
		}
		r := record{Operator: o}
		if err := b.set(&r, pin); err != nil {
			return err
		}
		c.Staff = append(c.Staff, r)
		slices.SortFunc(c.Staff, func(a, b record) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
}

func (o Operator) check() error {
	if o.ID == "-" || strings.Trim(o.ID, idLetters) != "" || o.ID == "" || len(o.ID) > 32 {
		return errors.New("an operator's id has 1 to 32 letters, digits, '-', '_' or '.'; \"-\" is nobody")
	}
	if o.Role != Cashier && o.Role != Manager {
		return fmt.Errorf("role %q: one of %s, %s", string(o.Role), Cashier, Manager)
	}
	name := strings.TrimSpace(o.Name)
	if name == "" || name != o.Name || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("an operator's name has 1 to %d letters", maxName)
	}
	return nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// ErrWeakPIN says that a PIN is among the first that anybody tries.
var ErrWeakPIN = errors.New("this PIN is one that is tried first: choose another")

// SetPIN gives an operator another PIN; what was tried before is forgotten.
func (b *Book) SetPIN(id string, pin PIN) error {
	return b.change(func(c *content) error {
		i := c.index(id)
		if i < 0 {
			return ErrNoOperator
		}
		c.Staff[i].Failed, c.Staff[i].At = 0, 0
		return b.set(&c.Staff[i], pin)
	})
}

func (b *Book) set(r *record, pin PIN) error {
	if pin.weak() {
		return ErrWeakPIN
	}
	r.PIN = hashPIN(b.pepper(r.ID, pin)).String()
	return nil
}

// pepper binds a PIN to its operator and to the key: the file alone tells no PIN.
func (b *Book) pepper(id string, pin PIN) []byte {
	sum := b.keyed("pin", []byte(id+"\x00"+pin.digits))
	return sum[:]
}

// Remove lets an operator go, signed off.
func (b *Book) Remove(id string) error {
	return b.change(func(c *content) error {
		i := c.index(id)
		if i < 0 {
			return ErrNoOperator
		}
		c.Staff = slices.Delete(c.Staff, i, i+1)
		if c.SignedOn == id {
			c.SignedOn = ""
		}
		return nil
	})
}

// Check returns the operator whose PIN it is. A wrong one is ErrWrongPIN, and
// too many of them in a row are a *TooManyTries.
func (b *Book) Check(now time.Time, id string, pin PIN) (Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.check(now, id, pin, func(*content) {})
}

// SignOn makes the operator whose PIN it is the one on duty, until another is or
// SignOff, also through a restart.
func (b *Book) SignOn(now time.Time, id string, pin PIN) (Operator, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.check(now, id, pin, func(c *content) { c.SignedOn = id })
}

// SignOff leaves nobody on duty.
func (b *Book) SignOff() error {
	if b.OnDuty() == "" {
		return nil
	}
	return b.change(func(c *content) error { c.SignedOn = ""; return nil })
}

// check counts a try on disk, judges it, and where it was right takes the count
// back and does what it was for.
func (b *Book) check(now time.Time, id string, pin PIN, right func(*content)) (Operator, error) {
	next := b.now.Load().clone()
	i := next.index(id)
	if i < 0 {
		hashPIN(b.pepper(id, pin)) // takes the time that a wrong PIN does
		return Operator{}, ErrWrongPIN
	}
	r := &next.Staff[i]
	if wait := r.wait(now); wait > 0 {
		return Operator{}, &TooManyTries{wait}
	}
	h, err := parseHash(r.PIN)
	if err != nil {
		return Operator{}, err
	}
	before := r.Failed
	r.Failed, r.At = before+1, ledger.MillisOf(now)
	if err := b.write(next); err != nil {
		return Operator{}, err
	}
	if !h.is(b.pepper(id, pin)) {
		return Operator{}, ErrWrongPIN
	}
	next = next.clone()
	r = &next.Staff[i]
	r.Failed, r.At = 0, 0
	right(next)
	return r.Operator, b.write(next)
}

// wait is how long nothing is tried for an operator. A clock set back makes it
// no longer than it was meant to be.
func (r *record) wait(now time.Time) time.Duration {
	all := waitAfter(r.Failed)
	return min(all, r.At.Time().Add(all).Sub(now))
}

// Wait is how long nothing is tried for an operator.
func (b *Book) Wait(now time.Time, id string) time.Duration {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return max(0, c.Staff[i].wait(now))
	}
	return 0
}

func (c *content) clone() *content {
	next := *c
	next.Staff = slices.Clone(c.Staff)
	return &next
}

func (b *Book) change(do func(*content) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.now.Load().clone()
	if err := do(next); err != nil {
		return err
	}
	return b.write(next)
}

func (b *Book) write(next *content) error {
	if err := keys.WriteFile(b.path, next); err != nil {
		return fmt.Errorf("keep operators: %w", err)
	}
	b.now.Store(next)
	return nil
}
