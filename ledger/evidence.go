package ledger

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

// Evidence is a stretch of a terminal's journal that can be checked without any
// database. As a file it is a line of JSON each: first what headquarters states and
// signs, then, part by part, entries as they were written and the terminal's seals
// on them. Bodies name nobody.

// EvidenceDomain is that of headquarters' statements.
const EvidenceDomain Domain = "loyaltyd/evidence/1"

// EvidenceLine is one line; exactly one of its fields is set.
type EvidenceLine struct {
	Statement *SignedText `json:"statement,omitempty"` // a Statement, by headquarters
	Entry     *string     `json:"entry,omitempty"`     // a body, byte for byte, at the next place
	Seal      *SignedText `json:"seal,omitempty"`      // a Seal whose last entry stands above it, by the terminal
}

// SignedText is a text and its signature.
type SignedText struct {
	Text      string `json:"text"`
	Signature []byte `json:"signature"`
}

// Statement is what headquarters says it has of a terminal.
type Statement struct {
	V        int            `json:"v"`
	Chain    ChainID        `json:"chain"`
	Terminal TerminalID     `json:"terminal"`
	Store    StoreID        `json:"retail_store_id"`
	Name     string         `json:"name"`
	From     Date           `json:"from"` // the business days that were asked for
	To       Date           `json:"to"`
	Parts    []EvidencePart `json:"parts"`
	At       Millis         `json:"at_ms"`
	// TerminalKey is that of the seals, HQKey that of this statement.
	TerminalKey ed25519.PublicKey `json:"terminal_key"`
	HQKey       ed25519.PublicKey `json:"hq_key"`
}

// EvidencePart is a stretch of one epoch of the journal.
type EvidencePart struct {
	Epoch  Epoch  `json:"epoch"`
	Branch Branch `json:"branch"`
	First  Seq    `json:"first"`
	Last   Seq    `json:"last"`
	Prev   Hash   `json:"prev"` // the chain before First
	Head   Hash   `json:"head"` // and after Last
}

// ErrEvidence says that a file proves nothing: what stands in it is not what was
// sealed and stated.
var ErrEvidence = errors.New("the evidence does not hold")

// EvidenceCheck checks evidence line by line and keeps none.
type EvidenceCheck struct {
	Statement Statement
	Entries   int
	Seals     int

	parts []EvidencePart // that are not whole yet
	seq   Seq            // of the last entry in the first of them
	link  Hash
}

// Take checks the next line. Its error is ErrEvidence where anything was changed,
// left out or added.
func (c *EvidenceCheck) Take(line []byte) error {
	var l EvidenceLine
	if err := DecodeJSON(line, &l); err != nil {
		return fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	stated := c.Statement.V != 0
	switch {
	case l.Statement != nil && !stated:
		return c.state(*l.Statement)
	case l.Entry != nil && stated:
		return c.entry(*l.Entry)
	case l.Seal != nil && stated:
		return c.seal(*l.Seal)
	}
	return fmt.Errorf("%w: a line that has no place here", ErrEvidence)
}

// End reports whether the evidence is whole, after its last line.
func (c *EvidenceCheck) End() error {
	if c.Statement.V == 0 || len(c.parts) > 0 {
		return fmt.Errorf("%w: its end is missing", ErrEvidence)
	}
	return nil
}

func (c *EvidenceCheck) state(signed SignedText) error {
	var s Statement
	if err := DecodeJSON([]byte(signed.Text), &s); err != nil {
		return fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	if s.V != Version || !Verify(s.HQKey, EvidenceDomain, []byte(signed.Text), signed.Signature) {
		return fmt.Errorf("%w: headquarters did not sign its statement", ErrEvidence)
	}
	for _, p := range s.Parts {
		if p.First < 1 || p.Last < p.First {
			return fmt.Errorf("%w: it states a part without entries", ErrEvidence)
		}
	}
	c.Statement, c.parts = s, s.Parts
	c.begin()
	return nil
}

// begin begins the next part.
func (c *EvidenceCheck) begin() {
	if len(c.parts) > 0 {
		c.seq, c.link = c.parts[0].First-1, c.parts[0].Prev
	}
}

func (c *EvidenceCheck) entry(body string) error {
	if len(c.parts) == 0 || c.seq == c.parts[0].Last {
		return fmt.Errorf("%w: an entry more than is stated", ErrEvidence)
	}
	c.seq++
	at := Place{Terminal: c.Statement.Terminal, Epoch: c.parts[0].Epoch, Branch: c.parts[0].Branch, Seq: c.seq}
	c.link = Link(at, c.link, HashOf([]byte(body)))
	c.Entries++
	return nil
}

// seal checks that the terminal signed the chain as it is up to here, and ends a
// part with its last seal.
func (c *EvidenceCheck) seal(signed SignedText) error {
	var s Seal
	if err := DecodeJSON([]byte(signed.Text), &s); err != nil {
		return fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	if !Verify(c.Statement.TerminalKey, SealDomain, []byte(signed.Text), signed.Signature) {
		return fmt.Errorf("%w: the terminal did not sign this seal", ErrEvidence)
	}
	if len(c.parts) == 0 {
		return fmt.Errorf("%w: a seal more than is stated", ErrEvidence)
	}
	p := c.parts[0]
	last := s.First + Seq(s.Count) - 1
	if s.Terminal != c.Statement.Terminal || s.Epoch != p.Epoch || s.Branch != p.Branch || last != c.seq || s.Head != c.link {
		return fmt.Errorf("%w: up to %d.%d it is not what the terminal sealed", ErrEvidence, p.Epoch, c.seq)
	}
	c.Seals++
	if c.seq < p.Last {
		return nil
	}
	if c.link != p.Head {
		return fmt.Errorf("%w: up to %d.%d it is not what headquarters states", ErrEvidence, p.Epoch, c.seq)
	}
	c.parts = c.parts[1:]
	c.begin()
	return nil
}
