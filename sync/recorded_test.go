package sync_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// keepAs has the exchange that is recorded below kept for ever: `make exchange`.
var keepAs = flag.String("keep", "", "keep this release's exchange under a `name`")

// A till and a headquarters of any release that is kept, and of this one, are
// answered by today's as they were by their own: nothing is refused that was
// taken, everything stands in the same places, and balances are the same.
func TestRecordedExchange(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "exchange-now")
	if *keepAs != "" {
		fresh = filepath.Join("testdata", "exchange-"+*keepAs)
	}
	record(t, fresh)
	all, err := filepath.Glob("testdata/exchange-*")
	if err != nil || len(all) == 0 {
		t.Fatalf("no exchange is kept: %v", err)
	}
	if *keepAs == "" {
		all = append(all, fresh)
	}
	for _, dir := range all {
		t.Run(filepath.Base(dir)+"/headquarters", func(t *testing.T) { newReplay(t, dir).askHeadquarters() })
		t.Run(filepath.Base(dir)+"/till", func(t *testing.T) { newReplay(t, dir).answerTill() })
	}
}

// replay is one recording in today's hands.
type replay struct {
	*testing.T
	dir   string // the folders as they were kept
	lines []recorded
	clock *testkit.Clock
}

func newReplay(t *testing.T, kept string) *replay {
	t.Helper()
	r := &replay{T: t, dir: testkit.Unpack(t, filepath.Join(kept, "folders.tar.gz")), clock: testkit.NewClock()}
	file, err := os.Open(filepath.Join(kept, "story.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 2*wire.MaxMessage)
	for lines.Scan() {
		var line recorded
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		r.lines = append(r.lines, line)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *replay) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// at moves the clock to when a line was.
func (r *replay) at(line recorded) { r.clock.Advance(line.At.Time().Sub(r.clock.Now())) }

// chainKeys reads what a key file has that a replay needs.
func (r *replay) chainKeys() (signer ed25519.PrivateKey, chain ledger.ChainID) {
	r.Helper()
	var file struct {
		Chain  ledger.ChainID
		Signer string
	}
	text, err := os.ReadFile(filepath.Join(r.dir, "hq", hq.KeyFile))
	r.must(err)
	r.must(json.Unmarshal(text, &file))
	key, err := keys.ParseSigner(file.Signer)
	r.must(err)
	return key.Private(), file.Chain
}

// askHeadquarters asks today's headquarters what the recorded tills asked theirs.
func (r *replay) askHeadquarters() {
	h := r.openHeadquarters(filepath.Join(r.dir, "hq"))
	backup := r.TempDir()
	seen := map[string]*seenFeed{"a": {}, "b": {}}
	for _, line := range r.lines {
		r.at(line)
		switch line.Step {
		case backedUp:
			r.must(custody.CopyDatabase(r.Context(), filepath.Join(r.dir, "hq"), backup))
		case restored:
			r.must(h.Close())
			h = r.restore(backup, line.Incarnation)
		case "":
			r.must(h.Work(r.Context()))
			answer := r.ask(h, line)
			r.sameAnswer(line, answer)
			if line.path() == wire.FeedPath {
				seen[line.Till].note(r, line, answer)
			}
		}
	}
	for till, feed := range seen {
		feed.compare(r, till)
	}
	found, err := h.Verify(r.Context(), nil)
	r.must(err)
	status, err := h.Status(r.Context())
	r.must(err)
	if len(found) > 0 || status.Quarantined > 0 || status.Unprojected > 0 {
		r.Errorf("in the end: %+v, %v", status, found)
	}
}

func (r *replay) openHeadquarters(dir string) *hq.Headquarters {
	r.Helper()
	h, err := hq.Open(r.Context(), hq.Options{Dir: dir, Now: r.clock.Now})
	r.must(err)
	r.Cleanup(func() { h.Close() })
	return h
}

// restore puts the backup back, as the incarnation that the release drew.
func (r *replay) restore(backup string, drawn ledger.Incarnation) *hq.Headquarters {
	r.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "hq", hq.KeyFile))
	r.must(err)
	r.must(os.WriteFile(filepath.Join(backup, hq.KeyFile), text, 0o600))
	_, err = custody.Restore(r.Context(), hq.Options{Dir: backup}.Home(), r.clock.Now())
	r.must(err)
	db, err := sql.Open("sqlite3", filepath.Join(backup, hq.DatabaseFile))
	r.must(err)
	_, err = db.Exec(`UPDATE chain SET incarnation = ?1`, drawn)
	r.must(errors.Join(err, db.Close()))
	return r.openHeadquarters(backup)
}

func (r *replay) ask(h *hq.Headquarters, line recorded) hqsync.Answer {
	r.Helper()
	request := hqsync.Request{Method: line.Method, Target: line.Target, Header: http.Header{}, Body: line.Sent}
	if line.Authorization != "" {
		request.Header.Set("Authorization", line.Authorization)
	}
	if len(line.Sent) > 0 && string(line.Sent) != line.Request {
		request.Header.Set("Content-Encoding", cmp.Or(line.Encoding, wire.Zstd))
	}
	answer, err := hqsync.InProcess{Handler: h.Handler()}.Do(r.Context(), request)
	r.must(err)
	return answer
}

// sameAnswer compares what an answer means.
func (r *replay) sameAnswer(line recorded, answer hqsync.Answer) {
	r.Helper()
	if answer.Status != line.Status {
		r.Fatalf("%s at %s: status %d, was %d: %s", line.Target, line.At.Time(), answer.Status, line.Status, answer.Body)
	}
	if line.Status != http.StatusOK {
		return
	}
	was, is := meaning(r, line.path(), []byte(line.Answer)), meaning(r, line.path(), answer.Body)
	if diff := gocmp.Diff(was, is); diff != "" {
		r.Errorf("%s at %s:\n%s", line.Target, line.At.Time(), diff)
	}
}

// meaning is what of an answer no release may change.
func meaning(r *replay, path string, body []byte) any {
	r.Helper()
	switch path {
	case wire.BatchPath:
		ack := read[ledger.Ack](r, body)
		return []any{ack.UpTo, ack.Head, ack.Others}
	case wire.HelloPath:
		w := read[wire.Welcome](r, body)
		return []any{w.Standing, w.Known, w.Common, w.Incarnation, w.HandBack, w.Store, len(w.Rights)}
	case wire.EnrollPath:
		return read[wire.Enrolled](r, body)
	case wire.RightsPath:
		answer := read[wire.RightAnswer](r, body)
		return []any{answer.Grant != nil, answer.Refuse, answer.Elsewhere}
	case wire.ListingPath:
		wanted := read[wire.Wanted](r, body)
		return []any{wanted.Enough, wanted.After}
	}
	return nil
}

func read[T any](r *replay, body []byte) (value T) {
	r.Helper()
	r.must(ledger.DecodeJSON(body, &value))
	return value
}

// seenFeed is what a till makes of the feed: the last word of each row, as it was
// and as it is.
type seenFeed struct{ was, is map[string][]ledger.Balance }

func (s *seenFeed) note(r *replay, line recorded, answer hqsync.Answer) {
	r.Helper()
	if s.was == nil {
		s.was, s.is = map[string][]ledger.Balance{}, map[string][]ledger.Balance{}
	}
	for rows, body := range map[*map[string][]ledger.Balance][]byte{&s.was: []byte(line.Answer), &s.is: answer.Body} {
		for _, c := range read[wire.Page](r, body).Changes {
			if c.Account != nil {
				(*rows)[c.Key] = balancesOf(*c.Account)
			}
		}
	}
}

// balancesOf are an account's, whichever rights they are set aside for.
func balancesOf(state ledger.AccountState) (all []ledger.Balance) {
	for _, b := range state.Balances {
		all = append(all, ledger.Balance{Program: b.Program, Unit: b.Unit, Available: b.Available + b.Escrowed, Pending: b.Pending, Receivable: b.Receivable})
	}
	slices.SortFunc(all, func(a, b ledger.Balance) int { return cmp.Compare(a.Unit, b.Unit) })
	return all
}

func (s *seenFeed) compare(r *replay, till string) {
	r.Helper()
	if len(s.was) == 0 {
		r.Errorf("till %s was told of no account", till)
	}
	if diff := gocmp.Diff(s.was, s.is); diff != "" {
		r.Errorf("what till %s was told:\n%s", till, diff)
	}
}

// answerTill lets today's till go on in the folder that was kept, and gives it the
// answers of the recorded headquarters.
func (r *replay) answerTill() {
	script := &answers{replay: r}
	script.signer, script.chain = r.chainKeys()
	for i, line := range r.lines {
		r.signedThen(script, line)
		if line.Step == kept {
			script.lines = r.lines[i+1:]
			r.at(line)
		}
	}
	var identity testkit.Kept
	text, err := os.ReadFile(filepath.Join(r.dir, "till.json"))
	r.must(err)
	r.must(json.Unmarshal(text, &identity))
	script.key = ed25519.NewKeyFromSeed(identity.Seed).Public().(ed25519.PublicKey)
	e := identity.Open(r, filepath.Join(r.dir, "till"), r.clock, script)
	before, err := e.Store.Status(r.Context())
	r.must(err)
	if before.Unsent == 0 {
		r.Fatal("the till was kept with nothing to send")
	}
	for script.next() != nil {
		r.must(script.step(e))
	}
	after, err := e.Store.Status(r.Context())
	r.must(err)
	report, err := e.Store.Verify(r.Context(), nil)
	r.must(err)
	if after.Unsent != 0 || len(report.Findings) > 0 || len(e.Forged) > 0 {
		r.Errorf("in the end: %+v, %v, forged %q", after, report.Findings, e.Forged)
	}
	for number, want := range r.lines[len(r.lines)-1].Told {
		if got := shown(r.T, e, number); got != want {
			r.Errorf("it shows %d points, and %d were told", got, want)
		}
	}
}

// signedThen checks that today's till believes what a recorded answer was signed
// with.
func (r *replay) signedThen(script *answers, line recorded) {
	r.Helper()
	if line.Step != "" || line.Authorization == "" {
		return
	}
	header := http.Header{}
	for name, value := range line.Signed {
		header.Set(name, value)
	}
	nonce := nonceOf(r, line.Authorization)
	if err := wire.CheckAnswer(header, script.signer.Public().(ed25519.PublicKey), nonce, line.Status, []byte(line.Answer)); err != nil {
		r.Errorf("the answer to %s at %s: %v", line.Target, line.At.Time(), err)
	}
}

// answers is a transport to a headquarters that only repeats itself.
type answers struct {
	*replay
	lines  []recorded // to come
	signer ed25519.PrivateKey
	chain  ledger.ChainID
	key    ed25519.PublicKey // the till's
}

// next is the next request of the kept till; nil where none comes.
func (s *answers) next() *recorded {
	for len(s.lines) > 0 && s.lines[0].Till != "a" {
		s.lines = s.lines[1:]
	}
	if len(s.lines) == 0 {
		return nil
	}
	return &s.lines[0]
}

// step does what leads to the next request.
func (s *answers) step(e *testkit.Enrolled) error {
	line := s.next()
	s.at(*line)
	var err error
	switch line.path() {
	case wire.HelloPath:
		_, err = e.Exchange.Greet(s.Context())
	case wire.BatchPath:
		_, err = e.Exchange.Push(s.Context())
	case wire.FeedPath:
		_, err = e.Exchange.Pull(s.Context(), 0)
	case wire.RightsPath:
		wanted := read[wire.RightRequest](s.replay, []byte(line.Request))
		err = e.Exchange.AskRight(s.Context(), wanted.Account, wanted.Program, wanted.Unit, wanted.Amount)
		if errors.As(err, new(*ledger.RightRefused)) {
			err = nil
		}
	default:
		return fmt.Errorf("the till did not ask for %s", line.Target)
	}
	if s.next() == line {
		return fmt.Errorf("asked nothing where the recorded till asked for %s: %w", line.Target, err)
	}
	return err
}

// Do implements hqsync.Transport.
func (s *answers) Do(_ context.Context, request hqsync.Request) (hqsync.Answer, error) {
	path, _, _ := strings.Cut(request.Target, "?")
	r, err := http.NewRequest(request.Method, request.Target, nil)
	s.must(err)
	r.Header = request.Header
	caller, err := wire.Authenticate(r, request.Body, s.chain, s.clock.Now(), func(ledger.TerminalID) (ed25519.PublicKey, error) { return s.key, nil })
	s.must(err)
	line := s.next()
	if line == nil || line.path() != path {
		return s.notThere(caller.Nonce, path)
	}
	s.lines = s.lines[1:]
	text, err := wire.Unpack(request.Header.Get("Content-Encoding"), request.Body)
	s.must(err)
	if diff := gocmp.Diff(s.asked(path, line.Target, []byte(line.Request)), s.asked(path, request.Target, text)); diff != "" {
		s.Errorf("%s at %s is not what the recorded till asked:\n%s", path, line.At.Time(), diff)
	}
	answer := s.answer(caller.Nonce, line.Status, []byte(line.Answer))
	if taken := line.Signed["Accept-Encoding"]; taken != "" {
		answer.Header.Set("Accept-Encoding", taken)
	}
	return answer, nil
}

func (s *answers) answer(nonce string, status int, body []byte) hqsync.Answer {
	header := http.Header{}
	wire.Countersign(header, s.signer, ledger.KeyID(s.signer.Public().(ed25519.PublicKey)), nonce, status, body)
	return hqsync.Answer{Status: status, Header: header, Body: body}
}

// notThere is the answer to what the recorded headquarters had not heard of yet.
func (s *answers) notThere(nonce, path string) (hqsync.Answer, error) {
	known := slices.ContainsFunc(s.replay.lines, func(line recorded) bool { return line.path() == path })
	if known {
		return hqsync.Answer{}, fmt.Errorf("the recorded till did not ask for %s there", path)
	}
	body, err := json.Marshal(wire.Refusal{Code: wire.CodeInvalid, Status: http.StatusNotFound, Title: "not found"})
	s.must(err)
	return s.answer(nonce, http.StatusNotFound, body), nil
}

// asked is what of a request no release may change.
func (s *answers) asked(path, target string, text []byte) any {
	s.Helper()
	switch path {
	case wire.HelloPath:
		var hello struct{ Head ledger.Head }
		s.must(json.Unmarshal(text, &hello))
		return hello.Head
	case wire.BatchPath:
		batch, err := wire.DecodeBatch(text, s.key)
		s.must(err)
		seal := batch.Seal
		return []any{seal.Terminal, seal.Epoch, seal.Branch, seal.First, seal.Prev, seal.Head, seal.Sums, seal.Origs,
			string(bytes.Join(batch.Bodies, []byte("\n"))), len(batch.Attachments)}
	case wire.FeedPath:
		r, err := http.NewRequest(http.MethodGet, target, nil)
		s.must(err)
		return r.URL.Query().Get("cursor")
	}
	return nil
}

// nonceOf reads a request's nonce out of its token.
func nonceOf(r *replay, authorization string) string {
	r.Helper()
	if text, ok := strings.CutPrefix(authorization, "Loyaltyd "); ok {
		said, err := base64.RawURLEncoding.DecodeString(text)
		r.must(err)
		return uuid.UUID(said[16:32]).String()
	}
	parts := strings.Split(authorization, ".")
	if len(parts) != 3 {
		r.Fatalf("authorization %q", authorization)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	r.must(err)
	var claims struct {
		ID string `json:"jti"`
	}
	r.must(json.Unmarshal(text, &claims))
	return claims.ID
}
