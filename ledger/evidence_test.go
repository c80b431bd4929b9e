package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// evidence is a file of two epochs of a terminal, each with two seals.
func evidence(t testing.TB) (lines [][]byte) {
	t.Helper()
	terminal, hq := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte("h"), 32))
	s := ledger.Statement{V: 1, Terminal: ledger.TerminalID{1}, Name: "Till 1", From: "2026-11-22", To: "2026-11-22", At: 1, TerminalKey: public(terminal), HQKey: public(hq)}
	put := func(l ledger.EvidenceLine) {
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, text)
	}
	for epoch := ledger.Epoch(1); epoch <= 2; epoch++ {
		p := ledger.EvidencePart{Epoch: epoch, Branch: ledger.Branch{byte(epoch)}, First: 3, Last: 6, Prev: ledger.HashOf([]byte{byte(epoch)})}
		link := p.Prev
		for seq := p.First; seq <= p.Last; seq++ {
			body := string(rune('a' + seq))
			link = ledger.Link(ledger.Place{Terminal: s.Terminal, Epoch: epoch, Branch: p.Branch, Seq: seq}, link, ledger.HashOf([]byte(body)))
			put(ledger.EvidenceLine{Entry: &body})
			if seq%2 == 0 {
				text, _ := json.Marshal(ledger.Seal{V: 1, Terminal: s.Terminal, Epoch: epoch, Branch: p.Branch, First: seq - 1, Count: 2, Head: link, At: 1})
				put(ledger.EvidenceLine{Seal: &ledger.SignedText{Text: string(text), Signature: ledger.Sign(terminal, ledger.SealDomain, text)}})
			}
		}
		p.Head = link
		s.Parts = append(s.Parts, p)
	}
	text, _ := json.Marshal(s)
	statement, _ := json.Marshal(ledger.EvidenceLine{Statement: &ledger.SignedText{Text: string(text), Signature: ledger.Sign(hq, ledger.EvidenceDomain, text)}})
	return slices.Insert(lines, 0, statement)
}

func checkEvidence(lines [][]byte) (ledger.EvidenceCheck, error) {
	var c ledger.EvidenceCheck
	for _, line := range lines {
		if err := c.Take(line); err != nil {
			return c, err
		}
	}
	return c, c.End()
}

// Evidence as it was made holds, and says how much it is.
func TestEvidence(t *testing.T) {
	c, err := checkEvidence(evidence(t))
	if err != nil || c.Entries != 8 || c.Seals != 4 || c.Statement.Name != "Till 1" {
		t.Errorf("%d entries, %d seals of %q: %v", c.Entries, c.Seals, c.Statement.Name, err)
	}
}

// Whatever line is left out, doubled, moved or changed, evidence does not hold; but
// for a seal in the middle, which the next one covers.
func TestEvidenceTampered(t *testing.T) {
	whole := evidence(t)
	if _, err := checkEvidence(slices.Concat(whole[:3], whole[3+1:])); err != nil {
		t.Errorf("without a seal that the next one covers: %v", err)
	}
	rapid.Check(t, func(r *rapid.T) {
		lines := slices.Clone(whole)
		at, to := rapid.IntRange(0, len(lines)-1).Draw(r, "at"), rapid.IntRange(0, len(lines)-1).Draw(r, "to")
		inner := bytes.Contains(lines[at], []byte(`"seal"`)) && at%6 != 0
		switch rapid.SampledFrom([]string{"leave out", "double", "swap", "change", "cut"}).Draw(r, "how") {
		case "leave out":
			if inner {
				r.Skip("covered by the next seal")
			}
			lines = slices.Delete(lines, at, at+1)
		case "double":
			if inner {
				r.Skip("the same seal twice says the same twice")
			}
			lines = slices.Insert(lines, at, lines[at])
		case "swap":
			if bytes.Equal(lines[at], lines[to]) {
				r.Skip("nothing changes")
			}
			lines[at], lines[to] = lines[to], lines[at]
		case "change":
			var l ledger.EvidenceLine
			if err := json.Unmarshal(lines[at], &l); err != nil {
				r.Fatal(err)
			}
			change(&l)
			lines[at], _ = json.Marshal(l)
		case "cut":
			lines = lines[:at]
		}
		if _, err := checkEvidence(lines); err == nil || len(lines) > 0 && !errors.Is(err, ledger.ErrEvidence) {
			r.Errorf("it holds: %v", err)
		}
	})
}

// change is a change of one letter that leaves valid JSON.
func change(l *ledger.EvidenceLine) {
	switch {
	case l.Entry != nil:
		*l.Entry += " "
	case l.Seal != nil:
		l.Seal.Text += " "
	case l.Statement != nil:
		l.Statement.Text += " "
	}
}

// Whatever a file has in place of a line, it ends no check and proves nothing more.
func FuzzEvidence(f *testing.F) {
	whole := evidence(f)
	for i, line := range whole {
		f.Add(uint8(i), line)
	}
	f.Add(uint8(0), []byte(`{"statement":{"text":"{\"v\":1,\"parts\":[{\"first\":1,\"last\":9223372036854775807}]}","signature":""}}`))
	f.Fuzz(func(t *testing.T, at uint8, line []byte) {
		lines := slices.Clone(whole)
		was := lines[int(at)%len(lines)]
		lines[int(at)%len(lines)] = line
		if c, err := checkEvidence(lines); err == nil && !sameJSON(was, line) {
			t.Errorf("%d entries hold with %q in place of %q", c.Entries, line, was)
		}
	})
}

func sameJSON(a, b []byte) bool {
	var as, bs ledger.EvidenceLine
	return ledger.DecodeJSON(a, &as) == nil && ledger.DecodeJSON(b, &bs) == nil && reflect.DeepEqual(as, bs)
}
