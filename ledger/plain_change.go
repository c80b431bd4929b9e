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
	r := plain{text: string(page)}
	if !strings.HasPrefix(r.text, pageBegins) || !utf8.ValidString(r.text) {
		return nil, nil, false
	}
	r.at = len(pageBegins)
	changes = make([]Change, 0, strings.Count(r.text, rowBegins))
	for !r.failed {
		changes = append(changes, Change{})
		r.anyChange(&changes[len(changes)-1])
		if r.skip(']') {
			break
		}
		r.take(',')
	}
	r.take(',')
	if r.failed || !strings.HasPrefix(r.text[r.at:], `"`) {
		return nil, nil, false
	}
	return changes, append([]byte{'{'}, r.text[r.at:]...), true
}

// anyChange reads a row of any kind, by way of the standard decoder where it is not an
// account's.
func (r *plain) anyChange(c *Change) {
	from := *r
	if r.change(c); !r.failed {
		return
	}
	*r, *c = from, Change{}
	if text := r.enclosed(); decodeWithin([]byte(text), c, depthOfRow) != nil {
		r.fail()
	}
}

func (r *plain) change(c *Change) {
	r.object(func(name string) int {
		switch name {
		case "position":
			c.Position = Position(r.natural())
			return 1
		case "kind":
			c.Kind = r.kind()
			return 2
		case "key":
			c.Key = r.own()
			return 3
		case "account":
			c.Account = new(AccountState)
			r.accountState(c.Account)
			return 4
		}
		return 0
	})
}

func (r *plain) accountState(a *AccountState) {
	r.object(func(name string) int {
		switch name {
		case "account":
			a.Account = plainID[account](r)
			return 1
		case "identifiers":
			a.Identifiers = r.keyedHashes()
			return 2
		case "name":
			a.Name = r.own()
			return 3
		case "balances":
			a.Balances = plainList(r, (*plain).balance)
			return 4
		case "state":
			a.State = r.json(depthOfState)
			return 5
		case "birth_month":
			a.BirthMonth = r.int()
			return 6
		case "segments":
			a.Segments = r.strings()
			for i, s := range a.Segments {
				a.Segments[i] = strings.Clone(s)
			}
			return 7
		case "applied":
			a.Applied = plainList(r, (*plain).place)
			return 8
		case "as_of_ms":
			a.AsOf = Millis(r.number())
			return 9
		}
		return 0
	})
}

// keyedHashes reads an array of at least one.
func (r *plain) keyedHashes() (list []KeyedHash) {
	r.take('[')
	for !r.failed {
		var h KeyedHash
		if h.UnmarshalText([]byte(r.string())) != nil {
			r.fail()
		}
		list = append(list, h)
		if r.skip(']') {
			return list
		}
		r.take(',')
	}
	return nil
}

func (r *plain) balance(b *Balance) {
	r.object(func(name string) int {
		switch name {
		case "program":
			b.Program = r.like(&r.lastProgram)
			return 1
		case "unit":
			b.Unit = Unit(r.like(&r.lastUnit))
			return 2
		case "available":
			b.Available = Points(r.number())
			return 3
		case "escrowed":
			b.Escrowed = Points(r.number())
			return 4
		case "pending":
			b.Pending = Points(r.number())
			return 5
		case "receivable":
			b.Receivable = Points(r.number())
			return 6
		}
		return 0
	})
}

func (r *plain) place(p *Place) {
	r.object(func(name string) int {
		switch name {
		case "terminal":
			p.Terminal = plainID[terminal](r)
			return 1
		case "epoch":
			n := r.natural()
			if p.Epoch = Epoch(n); int64(p.Epoch) != n {
				r.fail()
			}
			return 2
		case "branch":
			if p.Branch.UnmarshalText([]byte(r.string())) != nil {
				r.fail()
			}
			return 3
		case "seq":
			p.Seq = Seq(r.natural())
			return 4
		}
		return 0
	})
}

// own is a string that is no part of the text.
func (r *plain) own() string { return strings.Clone(r.string()) }

// like is own, in the place of one that says the same.
func (r *plain) like(last *string) string {
	if text := r.string(); text != *last {
		*last = strings.Clone(text)
	}
	return *last
}

func (r *plain) kind() ChangeKind {
	if text := r.string(); text != string(AccountChange) {
		return ChangeKind(strings.Clone(text))
	}
	return AccountChange
}

// natural is a number that is not below 0.
func (r *plain) natural() int64 {
	n := r.number()
	if n < 0 {
		r.fail()
	}
	return n
}

// json reads an object as it stands, so deep in what is read.
func (r *plain) json(depth int) json.RawMessage {
	raw := []byte(r.enclosed())
	if r.failed || !json.Valid(raw) || walk(raw, depth) != nil {
		r.fail()
	}
	return raw
}

// enclosed steps over an object up to where its braces are closed. Whether it is well
// formed is for its reader to say.
func (r *plain) enclosed() string {
	from, depth := r.at, 0
	r.take('{')
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
	r.fail()
	return ""
}

// pass goes to where a string ends that begins here.
func (r *plain) pass() {
	for r.at++; r.at < len(r.text) && r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
	}
}
