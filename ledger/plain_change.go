package ledger

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

const (
	// pageBegins is what a page of a feed begins with that has rows, and rowBegins what
	// each of them does.
	pageBegins = `{"changes":[`
	rowBegins  = `{"position":`
)

// depthOfRow is how deep a row stands in its page, and depthOfState what a program
// remembers in its row.
const (
	depthOfRow   = 2
	depthOfState = depthOfRow + 2
)

// CutChanges reads the rows that a page of a feed begins with, and gives what follows
// them in the page as an object of its own. A till that is new reads a million rows, and
// most are plain accounts. Of a page that DecodeJSON refuses for its rows, or that
// does not begin with any, ok is false, and DecodeJSON says what is to be made of it.
//
// No row keeps the page in memory.
func CutChanges(page []byte) (changes []Change, rest []byte, ok bool) {
	r := Plain{text: string(page)}
	if !strings.HasPrefix(r.text, pageBegins) || !utf8.ValidString(r.text) {
		return nil, nil, false
	}
	r.at = len(pageBegins)
	changes = make([]Change, 0, strings.Count(r.text, rowBegins))
	for !r.failed {
		changes = append(changes, Change{})
		r.anyChange(&changes[len(changes)-1])
		if r.Skip(']') {
			break
		}
		r.Take(',')
	}
	r.Take(',')
	if r.failed || !strings.HasPrefix(r.text[r.at:], `"`) {
		return nil, nil, false
	}
	return changes, append([]byte{'{'}, r.text[r.at:]...), true
}

// anyChange reads a row of any kind, by way of the standard decoder where it is not an
// account's.
func (r *Plain) anyChange(c *Change) {
	from := *r
	if r.change(c); !r.failed {
		return
	}
	*r, *c = from, Change{}
	if text := r.enclosed(); decodeWithin([]byte(text), c, depthOfRow) != nil {
		r.Fail()
	}
}

func (r *Plain) change(c *Change) {
	r.Object(func(name string) int {
		switch name {
		case "position":
			c.Position = Position(r.Natural())
			return 1
		case "kind":
			c.Kind = r.kind()
			return 2
		case "key":
			c.Key = r.Own()
			return 3
		case "account":
			c.Account = new(AccountState)
			r.accountState(c.Account)
			return 4
		}
		return 0
	})
}

func (r *Plain) accountState(a *AccountState) {
	r.Object(func(name string) int {
		switch name {
		case "account":
			PlainID(r, &a.Account)
			return 1
		case "identifiers":
			a.Identifiers = r.keyedHashes()
			return 2
		case "name":
			a.Name = r.Own()
			return 3
		case "balances":
			a.Balances = PlainList(r, (*Plain).balance)
			return 4
		case "state":
			a.State = r.json(depthOfState)
			return 5
		case "birth_month":
			a.BirthMonth = r.Int()
			return 6
		case "segments":
			a.Segments = r.strings()
			for i, s := range a.Segments {
				a.Segments[i] = strings.Clone(s)
			}
			return 7
		case "applied":
			a.Applied = PlainList(r, (*Plain).Place)
			return 8
		case "as_of_ms":
			a.AsOf = Millis(r.Number())
			return 9
		}
		return 0
	})
}

// keyedHashes reads an array of at least one.
func (r *Plain) keyedHashes() (list []KeyedHash) {
	r.Take('[')
	for !r.failed {
		var h KeyedHash
		if h.UnmarshalText([]byte(r.Text())) != nil {
			r.Fail()
		}
		list = append(list, h)
		if r.Skip(']') {
			return list
		}
		r.Take(',')
	}
	return nil
}

func (r *Plain) balance(b *Balance) {
	r.Object(func(name string) int {
		switch name {
		case "program":
			b.Program = r.like(&r.lastProgram)
			return 1
		case "unit":
			b.Unit = Unit(r.like(&r.lastUnit))
			return 2
		case "available":
			b.Available = Points(r.Number())
			return 3
		case "escrowed":
			b.Escrowed = Points(r.Number())
			return 4
		case "pending":
			b.Pending = Points(r.Number())
			return 5
		case "receivable":
			b.Receivable = Points(r.Number())
			return 6
		}
		return 0
	})
}

// Place reads where an entry stands.
func (r *Plain) Place(p *Place) {
	r.Object(func(name string) int {
		switch name {
		case "terminal":
			PlainID(r, &p.Terminal)
			return 1
		case "epoch":
			p.Epoch = r.Epoch()
			return 2
		case "branch":
			p.Branch = r.Branch()
			return 3
		case "seq":
			p.Seq = Seq(r.Natural())
			return 4
		}
		return 0
	})
}

// Epoch reads the number of an epoch.
func (r *Plain) Epoch() Epoch {
	n := r.Natural()
	if int64(Epoch(n)) != n {
		r.Fail()
	}
	return Epoch(n)
}

// Branch reads that of an epoch.
func (r *Plain) Branch() (b Branch) {
	if b.UnmarshalText([]byte(r.Text())) != nil {
		r.Fail()
	}
	return b
}

// Own reads a string that is no part of the text.
func (r *Plain) Own() string { return strings.Clone(r.Text()) }

// like is Own, in the place of one that says the same.
func (r *Plain) like(last *string) string {
	if text := r.Text(); text != *last {
		*last = strings.Clone(text)
	}
	return *last
}

func (r *Plain) kind() ChangeKind {
	if text := r.Text(); text != string(AccountChange) {
		return ChangeKind(strings.Clone(text))
	}
	return AccountChange
}

// Natural reads a number that is not below 0.
func (r *Plain) Natural() int64 {
	n := r.Number()
	if n < 0 {
		r.Fail()
	}
	return n
}

// json reads an object as it stands, so deep in what is read.
func (r *Plain) json(depth int) json.RawMessage {
	raw := []byte(r.enclosed())
	if r.failed || !json.Valid(raw) || walk(raw, depth) != nil {
		r.Fail()
	}
	return raw
}

// enclosed steps over an object up to where its braces are closed. Whether it is well
// formed is for its reader to say.
func (r *Plain) enclosed() string {
	from, depth := r.at, 0
	r.Take('{')
	for r.at = from; r.at < len(r.text) && !r.failed; r.at++ {
		switch r.text[r.at] {
		case '"':
			r.pass()
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				r.at++
				return r.text[from:r.at]
			}
		}
	}
	r.Fail()
	return ""
}

// pass goes to where a string ends that begins here.
func (r *Plain) pass() {
	for r.at++; r.at < len(r.text) && r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
	}
}
