package hq_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// bad is a till among others whose requests do not come as they should.
type bad struct {
	*till
	other *till // of the same chain
	sold  ledger.Points
	who   ledger.Subject
}

// sale is a batch with one more sale, that is not sent yet.
func (b *bad) sale() []byte {
	b.earn(b.who, 10)
	b.sold += 10
	return b.batch(b.acked, len(b.lines))
}

// signed is a request as the till would sign it, but for what change does.
type signed struct {
	method, target string
	sent           []byte // the body as it is sent, and signed unless signs says otherwise
	encoding       string
	signs          []byte
	from           ledger.TerminalID
	to             ledger.ChainID
	key            ed25519.PrivateKey
	at             time.Time
}

func (b *bad) signed(message []byte) signed {
	packed := wire.Pack(message)
	return signed{http.MethodPost, wire.BatchPath, packed, wire.Zstd, packed, b.Terminal, b.Chain, b.key, b.now()}
}

// ask sends a request and returns the refusal that it gets; nil for none.
func (b *bad) ask(s signed) *wire.Refusal {
	b.Helper()
	r, err := http.NewRequest(s.method, b.url+s.target, bytes.NewReader(s.sent))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Encoding", s.encoding)
	if s.key != nil {
		if _, err := wire.Authorize(r, s.signs, s.from, s.to, s.key, s.at); err != nil {
			b.Fatal(err)
		}
	}
	if s.target != r.URL.RequestURI() {
		b.Fatalf("%s is not sent as it is", s.target)
	}
	return b.refusal(b.do(r, "", new(json.RawMessage)))
}

func (b *bad) refusal(err error) *wire.Refusal {
	b.Helper()
	var refusal *wire.Refusal
	if err != nil && !errors.As(err, &refusal) {
		b.Fatal(err)
	}
	return refusal
}

// batchOf asks with a message that the till signs as it should.
func (b *bad) batchOf(message []byte) *wire.Refusal { b.Helper(); return b.ask(b.signed(message)) }

func gzipped(message []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(message)
	w.Close()
	return packed.Bytes()
}

// windowed is packed for a window that nobody has to make room for.
func windowed(message []byte) []byte {
	var packed bytes.Buffer
	w, _ := zstd.NewWriter(&packed, zstd.WithWindowSize(64<<20))
	w.Write(message)
	w.Close()
	return packed.Bytes()
}

// seal writes a batch of the till's last sale under a seal that says otherwise.
func (b *bad) seal(change func(*ledger.Seal), key ed25519.PrivateKey) []byte {
	b.Helper()
	b.sale()
	last := b.lines[len(b.lines)-1]
	seal := ledger.Seal{
		Terminal: b.Terminal, Epoch: b.head.Epoch, Branch: b.head.Branch, First: ledger.Seq(len(b.lines)),
		Prev: b.lines[len(b.lines)-2].link, Head: last.link, At: ledger.MillisOf(b.now()), Token: b.token,
	}
	change(&seal)
	message, err := wire.EncodeBatch(seal, key, [][]byte{last.body}, nil)
	if err != nil {
		b.Fatal(err)
	}
	return message
}

// resealed writes a seal's own line anew, where EncodeBatch would put it right.
func (b *bad) resealed(message []byte, change func(*ledger.Seal)) []byte {
	b.Helper()
	sealed, rest, _ := bytes.Cut(message, []byte("\n"))
	var outer struct {
		Seal      json.RawMessage `json:"seal"`
		Signature []byte          `json:"signature"`
	}
	var seal ledger.Seal
	err := errors.Join(json.Unmarshal(sealed, &outer), json.Unmarshal(outer.Seal, &seal))
	change(&seal)
	text, err2 := json.Marshal(seal)
	outer.Seal, outer.Signature = text, ledger.Sign(b.key, ledger.SealDomain, text)
	line, err3 := json.Marshal(outer)
	if err := errors.Join(err, err2, err3); err != nil {
		b.Fatal(err)
	}
	return append(append(line, '\n'), rest...)
}

// Each bad request has a clear answer, changes nothing, and keeps nobody: the same
// till's next batch, and all of its sales before, arrive once.
func TestBadRequests(t *testing.T) {
	_, stranger, _ := ed25519.GenerateKey(nil)
	hello := func(b *bad, text string) *wire.Refusal {
		s := b.signed([]byte(text))
		s.target = wire.HelloPath
		return b.ask(s)
	}
	get := func(b *bad, target string) *wire.Refusal {
		s := b.signed(nil)
		s.method, s.target, s.sent, s.signs, s.encoding = http.MethodGet, target, nil, nil, ""
		return b.ask(s)
	}
	with := func(change func(*bad, *signed)) func(*bad) *wire.Refusal {
		return func(b *bad) *wire.Refusal {
			s := b.signed(b.sale())
			change(b, &s)
			return b.ask(s)
		}
	}
	b := newBad(t)
	for _, c := range []struct {
		name   string
		ask    func(*bad) *wire.Refusal
		code   wire.Code
		status int
		says   string
	}{
		// Who asks, and whom.
		{"unsigned", with(func(_ *bad, s *signed) { s.key = nil }), wire.CodeUnauthorized, 401, "not authorized"},
		{"another's signature", with(func(_ *bad, s *signed) { s.key = stranger }), wire.CodeUnauthorized, 401, "not authorized"},
		{"another till's name", with(func(b *bad, s *signed) { s.from = b.other.Terminal }), wire.CodeUnauthorized, 401, "not authorized"},
		{"an unknown till", with(func(_ *bad, s *signed) { s.from = ledger.TerminalID(newAccountID()) }), wire.CodeUnknown, 401, "not known"},
		{"another chain", with(func(b *bad, s *signed) { s.to = ledger.ChainID(b.Terminal) }), wire.CodeUnauthorized, 401, "not authorized"},
		{"signed for another body", with(func(_ *bad, s *signed) { s.signs = nil }), wire.CodeUnauthorized, 401, "not authorized"},
		{"signed for another path", func(b *bad) *wire.Refusal { return b.elsewhere(http.MethodPost, wire.HelloPath) }, wire.CodeUnauthorized, 401, "not authorized"},
		{"signed for another method", func(b *bad) *wire.Refusal { return b.elsewhere(http.MethodGet, wire.BatchPath) }, wire.CodeUnauthorized, 401, "not authorized"},
		{"another till's batch", func(b *bad) *wire.Refusal { b.sale(); return b.other.bad().batchOf(b.batch(b.acked, len(b.lines))) }, wire.CodeInvalid, 400, "signature does not match"},
		{"expired", with(func(b *bad, s *signed) { s.at = b.now().Add(-time.Hour) }), wire.CodeClock, 401, "clock is off"},
		{"of the future", with(func(b *bad, s *signed) { s.at = b.now().Add(time.Hour) }), wire.CodeClock, 401, "clock is off"},
		// How it comes.
		{"oversized", with(func(_ *bad, s *signed) { s.sent = make([]byte, wire.MaxRequest+1) }), wire.CodeTooLarge, 413, "send less"},
		{"a bomb, zstd", with(func(_ *bad, s *signed) { s.sent = wire.Pack(make([]byte, 64<<20)); s.signs = s.sent }), wire.CodeTooLarge, 413, "send less"},
		{"a bomb, gzip", with(func(_ *bad, s *signed) { s.sent, s.encoding = gzipped(make([]byte, 64<<20)), "gzip"; s.signs = s.sent }), wire.CodeTooLarge, 413, "send less"},
		{"a window of 64 MiB", with(func(_ *bad, s *signed) { s.sent = windowed(make([]byte, 8<<20)); s.signs = s.sent }), wire.CodeTooLarge, 413, "send less"},
		{"another packing", with(func(_ *bad, s *signed) { s.encoding = "br" }), wire.CodeInvalid, 400, "send zstd or gzip"},
		{"not packed as it says", with(func(_ *bad, s *signed) { s.encoding = "gzip" }), wire.CodeInvalid, 400, "unpack"},
		{"cut off while packed", with(func(_ *bad, s *signed) { s.sent = s.sent[:len(s.sent)-9]; s.signs = s.sent }), wire.CodeInvalid, 400, "unpack"},
		{"cut off on the way", (*bad).cutOff, wire.CodeInvalid, 400, "did not come whole"},
		{"cut off before packed", func(b *bad) *wire.Refusal { m := b.sale(); return b.batchOf(m[:len(m)-9]) }, wire.CodeInvalid, 400, "whole lines"},
		{"no batch at all", func(b *bad) *wire.Refusal { return b.batchOf([]byte("\n\n\n")) }, wire.CodeInvalid, 400, "read seal"},
		// What the batch says.
		{"reordered", func(b *bad) *wire.Refusal { b.sale(); b.sale(); return b.batchOf(b.batch(b.acked+1, len(b.lines))) }, wire.CodeGap, 409, "entries are missing"},
		{"a line left out", func(b *bad) *wire.Refusal {
			b.sale()
			m := b.sale()
			lines := bytes.SplitAfter(m, []byte("\n"))
			return b.batchOf(bytes.Join(append(lines[:1:1], lines[2:]...), nil))
		}, wire.CodeInvalid, 400, "whole lines"},
		{"an entry changed", func(b *bad) *wire.Refusal {
			return b.batchOf(bytes.Replace(b.sale(), []byte(`"receipt":"1"`), []byte(`"receipt":"2"`), 1))
		}, wire.CodeInvalid, 400, "open a new epoch"},
		{"sealed by another", func(b *bad) *wire.Refusal { return b.batchOf(b.seal(func(*ledger.Seal) {}, stranger)) }, wire.CodeInvalid, 400, "signature does not match"},
		{"sealed for another", func(b *bad) *wire.Refusal {
			return b.batchOf(b.seal(func(s *ledger.Seal) { s.Terminal = b.other.Terminal }, b.key))
		}, wire.CodeInvalid, 400, "another terminal's"},
		{"of nothing", func(b *bad) *wire.Refusal { return b.batchOf(b.seal(func(s *ledger.Seal) { s.First = 0 }, b.key)) }, wire.CodeInvalid, 400, "from seq 1"},
		{"too many entries", func(b *bad) *wire.Refusal {
			return b.batchOf(b.resealed(b.sale(), func(s *ledger.Seal) { s.Count = wire.MaxBatchEntries + 1 }))
		}, wire.CodeInvalid, 400, "at most 500"},
		{"a count below zero", func(b *bad) *wire.Refusal {
			return b.batchOf(b.resealed(b.sale(), func(s *ledger.Seal) { s.Count = -1 }))
		}, wire.CodeInvalid, 400, "at most 500"},
		{"more attachments than entries", func(b *bad) *wire.Refusal {
			return b.batchOf(b.resealed(b.sale(), func(s *ledger.Seal) { s.Attachments = 2 }))
		}, wire.CodeInvalid, 400, "one attachment each"},
		{"a protocol to come", func(b *bad) *wire.Refusal { return b.batchOf(b.resealed(b.sale(), func(s *ledger.Seal) { s.V = 2 })) }, wire.CodeUpgrade, 426, "upgrade"},
		{"an unknown session", func(b *bad) *wire.Refusal { return b.batchOf(b.seal(func(s *ledger.Seal) { s.Token = "AAAA" }, b.key)) }, wire.CodeHello, 409, "say hello first"},
		// Other requests.
		{"hello of a protocol to come", func(b *bad) *wire.Refusal {
			return hello(b, `{"protocol":2,"release":"x","head":{},"fingerprint":"x"}`)
		}, wire.CodeUpgrade, 426, "upgrade"},
		{"hello with what nobody knows", func(b *bad) *wire.Refusal { return hello(b, `{"protocol":1,"mood":"good"}`) }, wire.CodeInvalid, 400, "mood"},
		{"hello that says a thing twice", func(b *bad) *wire.Refusal { return hello(b, `{"protocol":1,"protocol":1}`) }, wire.CodeInvalid, 400, "twice"},
		{"hello nested without end", func(b *bad) *wire.Refusal { return hello(b, strings.Repeat("[", 99)+strings.Repeat("]", 99)) }, wire.CodeInvalid, 400, "nested"},
		{"a cursor of nothing", func(b *bad) *wire.Refusal { return get(b, wire.FeedPath+"?cursor=x") }, wire.CodeInvalid, 400, "incarnation.position"},
		{"a wait of nothing", func(b *bad) *wire.Refusal { return get(b, wire.FeedPath+"?wait=x") }, wire.CodeInvalid, 400, "as in 25s"},
		{"a right to less than nothing", func(b *bad) *wire.Refusal {
			s := b.signed([]byte(fmt.Sprintf(`{"id":%q,"account":%q,"program":"starter","unit":"points","amount":-5}`, newEntryID(), newAccountID())))
			s.target = wire.RightsPath
			return b.ask(s)
		}, wire.CodeInvalid, 400, "above zero"},
	} {
		refusal := c.ask(b)
		if refusal == nil || refusal.Code != c.code || refusal.Status != c.status || !strings.Contains(refusal.Error(), c.says) {
			t.Errorf("%s: answered %+v; want %d %s: … %s …", c.name, refusal, c.status, c.code, c.says)
		}
		b.goesOn()
	}
	b.clean()
}

// newBad is a till that has sold and sent, and another beside it.
func newBad(t *testing.T) *bad {
	t.Helper()
	w := newWorld(t)
	b := &bad{till: w.newTill("lane 1"), other: w.newTill("lane 2")}
	b.who = ledger.SubjectOf(b.addMember(ayse, ""))
	b.sale()
	b.sync()
	b.other.addMember("+905557654321", "")
	b.other.push()
	return b
}

func (t *till) bad() *bad { return &bad{till: t} }

// goesOn sends what the till has, and one more sale: all of it arrives, once.
func (b *bad) goesOn() {
	b.Helper()
	b.sale()
	b.sync()
	b.other.push()
	if balance := b.balance(ayse); balance.Available+balance.Escrowed != b.sold {
		b.Errorf("headquarters has %+v, want %d points", balance, b.sold)
	}
	if s := b.status(); s.Quarantined != 0 || s.Held != 0 {
		b.Errorf("%+v", s)
	}
}

// elsewhere sends a batch with what is signed for another method or path.
func (b *bad) elsewhere(method, path string) *wire.Refusal {
	b.Helper()
	message := wire.Pack(b.sale())
	meant, err := http.NewRequest(method, b.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := wire.Authorize(meant, message, b.Terminal, b.Chain, b.key, b.now()); err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.url+wire.BatchPath, bytes.NewReader(message))
	if err != nil {
		b.Fatal(err)
	}
	r.Header = meant.Header
	r.Header.Set("Content-Encoding", wire.Zstd)
	return b.refusal(b.do(r, "", new(json.RawMessage)))
}

// dial opens a connection whose end says that nothing more comes.
func (b *bad) dial() *tls.Conn {
	b.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(b.url, "https://"), &tls.Config{InsecureSkipVerify: true})
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(time.Minute))
	}
	if err != nil {
		b.Fatal(err)
	}
	return conn
}

// cutOff sends half of what it announces.
func (b *bad) cutOff() *wire.Refusal {
	b.Helper()
	message := wire.Pack(b.sale())
	conn := b.dial()
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Encoding: zstd\r\nContent-Length: %d\r\n\r\n", wire.BatchPath, len(message))
	conn.Write(message[:len(message)/2])
	if err := conn.CloseWrite(); err != nil {
		b.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	_, body, found := bytes.Cut(answer, []byte("\r\n\r\n"))
	var refusal wire.Refusal
	if err := errors.Join(err, json.Unmarshal(body, &refusal)); err != nil || !found {
		b.Fatalf("%v: %q", err, answer)
	}
	return &refusal
}
