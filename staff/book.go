package staff

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const maxOperators = 200

// Book is who works here. Reading it waits for nothing; what changes it is
// kept past fsync when it returns. Its methods may be called from several
// goroutines.
type Book struct {
	// DutyChanged is called, where it is set before first use, once another operator
	// is on duty than before, or nobody any more. It must not wait.
	DutyChanged func()
	// WrongPIN is called, where it is set before first use, with who works here and
	// whose PIN was keyed wrong, wherever it was, and how often in a row. It must not
	// wait.
	WrongPIN func(operator string, inARow int)

	keyed func(what string, data []byte) [32]byte
	keep  keep

	mu        sync.Mutex // held by who changes it, and while a PIN is hashed
	strangers strangers  // guarded by mu
	now       atomic.Pointer[content]
}

// content is what a book knows. It is replaced, never changed.
type content struct {
	V        int      `json:"v"`
	SignedOn string   `json:"signed_on,omitempty"`
	Staff    []Record `json:"operators"`
}

// Record is an operator with what is kept of her PIN.
type Record struct {
	Operator
	PIN string `json:"pin"` // hashed
	// Failed counts wrong PINs since the last right one, At is when the last was.
	Failed int           `json:"failed,omitempty"`
	At     ledger.Millis `json:"failed_at_ms,omitempty"`
}

// keep is where a book's content stands.
type keep interface {
	// read gives it as it is now.
	read() (*content, error)
	// change has do change a copy of it as it is now, as if nobody else did
	// meanwhile, and gives what stands then. do may run more than once; its error
	// comes back unchanged, and nothing is changed.
	change(do func(*content) error) (*content, error)
}

func openBook(keyed func(what string, data []byte) [32]byte, k keep) (*Book, error) {
	b := &Book{keyed: keyed, keep: k, strangers: strangers{}}
	return b, b.Refresh()
}

// Refresh reads again what others may have changed.
func (b *Book) Refresh() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.keep.read()
	if err != nil {
		return err
	}
	b.now.Store(c)
	return nil
}

// Empty reports whether nobody is known.
func (b *Book) Empty() bool { return len(b.now.Load().Staff) == 0 }

// OnDuty is the id of who is signed on; empty where nobody is.
func (b *Book) OnDuty() string {
	if c := b.now.Load(); c.index(c.SignedOn) >= 0 {
		return c.SignedOn
	}
	return ""
}

// Operator finds who has an id.
func (b *Book) Operator(id string) (Operator, bool) {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return c.Staff[i].Operator, true
	}
	return Operator{}, false
}

// PINMark changes whenever an operator is given a PIN, and tells nothing of it.
func (b *Book) PINMark(id string) [sha256.Size]byte {
	c := b.now.Load()
	if i := c.index(id); i >= 0 {
		return sha256.Sum256([]byte(c.Staff[i].PIN))
	}
	return [sha256.Size]byte{}
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
	return slices.IndexFunc(c.Staff, func(r Record) bool { return r.ID == id })
}

// Add takes an operator in.
func (b *Book) Add(o Operator, keyed pin.PIN) error {
	if err := o.check(); err != nil {
		return err
	}
	hash, err := b.hash(o.ID, keyed)
	if err != nil {
		return err
	}
	return b.change(func(c *content) error {
		switch {
		case c.index(o.ID) >= 0:
			return ErrExists
		case len(c.Staff) >= maxOperators:
			return fmt.Errorf("there are %d operators already", maxOperators)
		}
		c.Staff = append(c.Staff, Record{Operator: o, PIN: hash})
		slices.SortFunc(c.Staff, func(a, b Record) int { return cmp.Compare(a.ID, b.ID) })
		return nil
	})
}

// SetPIN gives an operator another PIN; what was tried before is forgotten. One that
// is tried first is pin.ErrWeak, as it is of Add.
func (b *Book) SetPIN(id string, keyed pin.PIN) error {
	hash, err := b.hash(id, keyed)
	if err != nil {
		return err
	}
	return b.change(func(c *content) error {
		i := c.index(id)
		if i < 0 {
			return ErrNoOperator
		}
		c.Staff[i] = Record{Operator: c.Staff[i].Operator, PIN: hash}
		return nil
	})
}

func (b *Book) hash(id string, keyed pin.PIN) (string, error) {
	if keyed.Weak() {
		return "", pin.ErrWeak
	}
	return pin.Make(b.pepper(id, keyed)).Text(), nil
}

// pepper binds a PIN to its operator and to the key: the file alone tells no PIN.
func (b *Book) pepper(id string, keyed pin.PIN) []byte {
	sum := b.keyed("pin", []byte(id+"\x00"+keyed.Reveal()))
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

// SignOff leaves nobody on duty.
func (b *Book) SignOff() error {
	if b.OnDuty() == "" {
		return nil
	}
	return b.change(func(c *content) error { c.SignedOn = ""; return nil })
}

func (c *content) clone() *content {
	next := *c
	next.Staff = slices.Clone(c.Staff)
	return &next
}

func (b *Book) change(do func(*content) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changeLocked(do)
}

func (b *Book) changeLocked(do func(*content) error) error {
	next, err := b.keep.change(do)
	if err != nil {
		return err
	}
	if before := b.now.Swap(next); before.SignedOn != next.SignedOn && b.DutyChanged != nil {
		b.DutyChanged()
	}
	return nil
}
