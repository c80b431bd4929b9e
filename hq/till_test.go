package hq_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// till is a terminal as small as it can be: a journal in memory.
type till struct {
	*world
	wire.Enrolled
	key     ed25519.PrivateKey
	client  *http.Client
	machine string

	head   ledger.Head
	began  ledger.Hash
	token  string
	lines  []line // of this epoch, from seq 1
	acked  int
	cursor ledger.Cursor
	rights map[ledger.RightID]*ledger.Right
	whose  map[ledger.RightID]ledger.Subject // as its grant says
	rows   map[string]ledger.Change
	lie    bool   // seal other sums than there are
	old    bool   // of the release before
	via    string // where it reaches headquarters, if not at the world's url
}

type line struct {
	body       []byte
	sums       []ledger.UnitSum // what it issues and redeems
	attachment []byte
	link       ledger.Hash
	orig       *ledger.Place
}

func newEntryID() ledger.EntryID     { return ledger.EntryID(uuid.Must(uuid.NewV7())) }
func newAccountID() ledger.AccountID { return ledger.AccountID(uuid.New()) }

// newTill enrolls a terminal and says hello.
func (w *world) newTill(name string) *till {
	w.Helper()
	return w.newTillAt("0001", name)
}

func (w *world) newTillAt(store ledger.StoreID, name string) *till {
	w.Helper()
	secret, err := w.hq.IssueCode(context.Background(), store, name, time.Hour)
	if err != nil {
		w.Fatal(err)
	}
	return w.newTerminal(secret, name)
}

// newTerminal enrolls one with a code and says hello.
func (w *world) newTerminal(secret, name string) *till {
	w.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		w.Fatal(err)
	}
	t := &till{
		world: w, key: private, machine: "machine of " + name, client: pinned(w.hq.PublicKey()),
		rights: map[ledger.RightID]*ledger.Right{}, whose: map[ledger.RightID]ledger.Subject{}, rows: map[string]ledger.Change{},
	}
	if t.Enrolled, err = t.enroll(secret, public); err != nil {
		w.Fatal(err)
	}
	t.openEpoch(1, ledger.Hash{})
	t.mustHello(wire.InStep)
	return t
}

func pinned(key ed25519.PublicKey) *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS13, InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			if shown, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey); !ok || !key.Equal(shown) {
				return errors.New("another key")
			}
			return nil
		},
	}}}
}

func (t *till) enroll(secret string, public ed25519.PublicKey) (e wire.Enrolled, err error) {
	return t.enrollAs(wire.Enrollment{Code: secret, PublicKey: public})
}

func (t *till) enrollAs(said wire.Enrollment) (e wire.Enrolled, err error) {
	said.Protocol, said.Fingerprint = wire.Protocol, t.machine
	message, _ := json.Marshal(said)
	r, _ := http.NewRequest(http.MethodPost, t.url+wire.EnrollPath, bytes.NewReader(message))
	sum := sha256.Sum256([]byte(said.Code))
	return e, t.do(r, hex.EncodeToString(sum[:]), &e)
}

// do sends a request and reads the countersigned answer.
func (t *till) do(r *http.Request, nonce string, into any) error {
	r.Header.Set("Accept-Encoding", wire.Zstd)
	response, err := t.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	packed, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	message, err := wire.Unpack(response.Header.Get("Content-Encoding"), packed)
	if err != nil {
		return err
	}
	if err := wire.CheckAnswer(response.Header, t.hq.PublicKey(), nonce, response.StatusCode, message); err != nil && nonce != "" {
		return fmt.Errorf("status %d: %w: %s", response.StatusCode, err, message)
	}
	if response.StatusCode != http.StatusOK {
		var refusal wire.Refusal
		if err := json.Unmarshal(message, &refusal); err != nil {
			return fmt.Errorf("status %d: %w: %s", response.StatusCode, err, message)
		}
		return &refusal
	}
	return ledger.DecodeJSON(message, into)
}

// ask signs and sends a message.
func (t *till) ask(method, target string, message []byte, into any) error {
	packed := message
	if len(message) > 0 {
		packed = wire.Pack(message)
	}
	r, err := http.NewRequest(method, cmp.Or(t.via, t.url)+target, bytes.NewReader(packed))
	if err != nil {
		return err
	}
	if len(message) > 0 {
		r.Header.Set("Content-Encoding", wire.Zstd)
	}
	nonce, err := wire.Authorize(r, packed, t.Terminal, t.Chain, t.key, t.now())
	if err != nil {
		return err
	}
	return t.do(r, nonce, into)
}

func (t *till) hello() (w wire.Welcome, err error) {
	message, _ := json.Marshal(wire.Hello{
		Protocol: wire.Protocol, Release: "test", Head: t.head, Fingerprint: t.machine, Outside: !t.old,
	})
	if err = t.ask(http.MethodPost, wire.HelloPath, message, &w); err == nil {
		t.token = w.Token
		for _, grant := range w.Rights {
			t.keep(grant)
		}
	}
	return w, err
}

func (t *till) mustHello(want wire.Standing) wire.Welcome {
	t.Helper()
	w, err := t.hello()
	if err != nil {
		t.Fatal(err)
	}
	if w.Standing != want {
		t.Fatalf("standing %q, want %q", w.Standing, want)
	}
	return w
}

func (t *till) openEpoch(n ledger.Epoch, from ledger.Hash) {
	t.head = ledger.Head{Epoch: n, Branch: ledger.NewBranch(), Hash: from}
	t.began, t.lines, t.acked = from, nil, 0
}

// clone copies the disk of a till, key included.
func (t *till) clone() *till {
	copied := *t
	copied.lines = append([]line(nil), t.lines...)
	copied.rights = map[ledger.RightID]*ledger.Right{}
	for id, r := range t.rights {
		copied.rights[id] = r
	}
	return &copied
}

// append writes an entry to the journal.
func (t *till) append(e *ledger.Entry, attachment []byte, orig *ledger.Place) *ledger.Entry {
	t.Helper()
	e.V, e.At, e.Store, e.Operator = ledger.Version, ledger.MillisOf(t.now()), "0001", "-"
	if e.ID.IsZero() {
		e.ID = newEntryID()
	}
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	t.appendBody(body, attachment, orig)
	return e
}

func (t *till) appendBody(body, attachment []byte, orig *ledger.Place) {
	t.head.Seq++
	t.head.Hash = ledger.Link(t.place(), t.head.Hash, ledger.HashOf(body))
	t.lines = append(t.lines, line{body, sumsOf(body), attachment, t.head.Hash, orig})
}

func (t *till) place() ledger.Place {
	return ledger.Place{Terminal: t.Terminal, Epoch: t.head.Epoch, Branch: t.head.Branch, Seq: t.head.Seq}
}

func (t *till) person(e164, name string) ([]byte, ledger.Hash) {
	t.Helper()
	plain, _ := json.Marshal(ledger.Person{Phone: &ledger.Phone{E164: e164, Raw: e164, Region: "TR", Metadata: "1"}, Name: name})
	cipher, sum, err := keys.SealAttachment(t.Recipient, plain)
	if err != nil {
		t.Fatal(err)
	}
	return cipher, sum
}

func (t *till) addMember(e164, name string) ledger.AccountID {
	t.Helper()
	return t.addMemberAs(newAccountID(), e164, name)
}

func (t *till) addMemberAs(id ledger.AccountID, e164, name string) ledger.AccountID {
	t.Helper()
	cipher, sum := t.person(e164, name)
	t.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(id), Proof: ledger.Claimed, Attachment: sum}, cipher, nil)
	return id
}

var saleNumber atomic.Int64

// saleID makes an id that no other sale has.
func saleID() string { return fmt.Sprint("S", saleNumber.Add(1)) }

// earn sells something worth points to a subject.
func (t *till) earn(subject ledger.Subject, points ledger.Points) *ledger.Entry {
	t.Helper()
	return t.append(earning(subject, saleID(), points), nil, nil)
}

func earning(subject ledger.Subject, saleID string, points ledger.Points) *ledger.Entry {
	return &ledger.Entry{
		Kind: ledger.Sold, Subject: subject, Day: "2026-11-22", Proof: ledger.Claimed, Program: &program,
		Sale: &ledger.Sale{ID: saleID, Receipt: "1", Currency: "TRY", Total: ledger.Minor(points * 100),
			Tenders: []ledger.Tender{{Type: "cash", Amount: ledger.Minor(points * 100)}}},
		Postings: []ledger.Posting{{Unit: unit, Amount: points, From: ledger.Issued, To: ledger.Available, Rule: "base"}},
	}
}

// spending sells something paid from a right.
func spending(subject ledger.Subject, saleID string, right ledger.RightID, points ledger.Points) *ledger.Entry {
	e := earning(subject, saleID, points)
	e.Postings = []ledger.Posting{{
		Unit: unit, Amount: points, From: ledger.Escrow(right), To: ledger.Redeemed, Reward: "off", Right: right,
	}}
	return e
}

func (t *till) spend(subject ledger.Subject, right ledger.RightID, points ledger.Points) *ledger.Entry {
	t.Helper()
	return t.append(spending(subject, saleID(), right, points), nil, nil)
}

func (t *till) giveBack(subject ledger.Subject, right ledger.RightID, points ledger.Points) {
	t.Helper()
	t.append(&ledger.Entry{Kind: ledger.RightReturn, Subject: subject, End: &ledger.RightEnd{Right: right, Amount: points}}, nil, nil)
}

// batch writes the lines from..to (0-based, to exclusive) as one message.
func (t *till) batch(from, to int) []byte {
	t.Helper()
	seal := ledger.Seal{
		Terminal: t.Terminal, Epoch: t.head.Epoch, Branch: t.head.Branch, First: ledger.Seq(from + 1),
		Prev: t.began, Head: t.lines[to-1].link, At: ledger.MillisOf(t.now()), Token: t.token,
	}
	if from > 0 {
		seal.Prev = t.lines[from-1].link
	}
	var bodies, attachments [][]byte
	sums := map[ledger.Unit]ledger.UnitSum{}
	for i, l := range t.lines[from:to] {
		bodies = append(bodies, l.body)
		for _, s := range l.sums {
			sum := sums[s.Unit]
			sums[s.Unit] = ledger.UnitSum{Unit: s.Unit, Issued: sum.Issued + s.Issued, Redeemed: sum.Redeemed + s.Redeemed}
		}
		if l.attachment != nil {
			attachments = append(attachments, l.attachment)
		}
		if l.orig != nil {
			seal.Origs = append(seal.Origs, ledger.OrigAt{Line: i, Place: *l.orig})
		}
	}
	if !t.lie {
		seal.Sums = slices.SortedFunc(maps.Values(sums), func(a, b ledger.UnitSum) int { return cmp.Compare(a.Unit, b.Unit) })
	}
	message, err := wire.EncodeBatch(seal, t.key, bodies, attachments)
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// sumsOf are what an entry issues and redeems; none where it cannot be read.
func sumsOf(body []byte) (sums []ledger.UnitSum) {
	e, err := ledger.Decode(body)
	if err != nil {
		return nil
	}
	for _, p := range e.Postings {
		s := ledger.UnitSum{Unit: p.Unit}
		if p.From == ledger.Issued {
			s.Issued = p.Amount
		}
		if p.To == ledger.Redeemed {
			s.Redeemed = p.Amount
		}
		sums = append(sums, s)
	}
	return sums
}

func (t *till) send(message []byte) (ack ledger.Ack, err error) {
	return ack, t.ask(http.MethodPost, wire.BatchPath, message, &ack)
}

// push sends what is not acked yet.
func (t *till) push() ledger.Ack {
	t.Helper()
	if t.acked == len(t.lines) {
		return ledger.Ack{}
	}
	ack, err := t.send(t.batch(t.acked, len(t.lines)))
	if err != nil {
		t.Fatal(err)
	}
	t.token, t.acked = ack.Token, int(ack.UpTo.Seq)
	if ack.Head != t.head.Hash {
		t.Fatalf("ack says head %s, want %s", ack.Head, t.head.Hash)
	}
	return ack
}

// pull reads the feed to its end.
func (t *till) pull() {
	t.Helper()
	for {
		p, err := t.feed(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Changes {
			t.rows[string(c.Kind)+" "+c.Key] = c
			if c.Right != nil && c.Right.Terminal == t.Terminal && c.Right.Grant != nil {
				t.keep(*c.Right.Grant)
			}
		}
		t.cursor = p.Next
		if !p.More {
			return
		}
	}
}

func (t *till) feed(wait time.Duration) (p wire.Page, err error) {
	target := fmt.Sprintf("%s?cursor=%d.%d&wait=%s", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wait)
	return p, t.ask(http.MethodGet, target, nil, &p)
}

func (t *till) keep(grant ledger.SignedEntry) {
	t.Helper()
	if !ledger.Verify(t.PublicKey, ledger.EntryDomain, grant.Body, grant.Signature) {
		t.Fatal("a grant is not signed by headquarters")
	}
	e, err := ledger.Decode(grant.Body)
	if err != nil {
		t.Fatal(err)
	}
	t.rights[e.Right.ID], t.whose[e.Right.ID] = e.Right, e.Subject
}

// sync pushes, lets headquarters work, and pulls.
func (t *till) sync() {
	t.Helper()
	t.push()
	t.work()
	t.pull()
}

// theRight returns the only right the till has.
func (t *till) theRight() *ledger.Right {
	t.Helper()
	if len(t.rights) != 1 {
		t.Fatalf("the till has %d rights, want 1", len(t.rights))
	}
	for _, r := range t.rights {
		return r
	}
	return nil
}

// theGrant is that of the only right that headquarters has.
func (w *world) theGrant() (grant ledger.SignedEntry) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	err := db.QueryRow(`SELECT body, signature FROM own_entry WHERE entry = (SELECT entry FROM account_right)`).Scan(&grant.Body, &grant.Signature)
	if err != nil {
		w.Fatal(err)
	}
	return grant
}

func (t *till) askRight(id ledger.RightID, account ledger.AccountID, amount ledger.Points) wire.RightAnswer {
	t.Helper()
	answer, err := t.wantRight(wire.RightRequest{ID: id, Account: account, Program: program.ID, Unit: unit, Amount: amount})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Grant != nil {
		t.keep(*answer.Grant)
	}
	return answer
}

func (t *till) wantRight(wanted wire.RightRequest) (answer wire.RightAnswer, err error) {
	message, _ := json.Marshal(wanted)
	return answer, t.ask(http.MethodPost, wire.RightsPath, message, &answer)
}

// code returns the code of a refusal, or "" for none.
func code(err error) wire.Code {
	var refusal *wire.Refusal
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func phoneNumber(i int) string { return fmt.Sprintf("+90555%07d", i) }
