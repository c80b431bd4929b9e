package wire

import (
	"bytes"
	"encoding/json"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Enrollment asks headquarters to take a terminal in. The code is good once;
// the same code with the same key gets the same answer again. The answer's
// nonce is the code's SHA-256 in hexadecimal: only who knows the code can have
// asked, and headquarters' key is the one whose fingerprint the code has.
type Enrollment struct {
	Protocol    int    `json:"protocol"`
	Code        string `json:"code"`
	PublicKey   []byte `json:"public_key"` // Ed25519, made by the terminal
	Fingerprint string `json:"fingerprint"`
	// Again says who the terminal was here before, where headquarters has forgotten
	// it; a headquarters of the release before refuses the request.
	Again *Again `json:"again,omitempty"`
}

// Again is a terminal that was enrolled after the backup that headquarters was put
// back from.
type Again struct {
	Terminal  ledger.TerminalID `json:"terminal"`
	LookupKey []byte            `json:"lookup_key"` // of its store, as it was given it
	Hub       bool              `json:"hub,omitempty"`
}

// Enrolled is what a terminal needs to know to work alone from then on.
type Enrolled struct {
	Terminal  ledger.TerminalID `json:"terminal"`
	Name      string            `json:"name"`
	Hub       bool              `json:"hub,omitempty"` // it is its store's hub, and no till
	Chain     ledger.ChainID    `json:"chain"`
	Store     Store             `json:"store"`
	LookupKey []byte            `json:"lookup_key"` // 32 bytes, HMAC key of the store
	PublicKey []byte            `json:"public_key"` // headquarters', Ed25519, pinned
	KeyID     string            `json:"key_id"`
	Recipient string            `json:"recipient"` // age X25519, for attachments
}

// Store is what headquarters says of a store.
type Store struct {
	ID       ledger.StoreID  `json:"id"`
	Name     string          `json:"name"`
	Currency ledger.Currency `json:"currency_code"`
	TimeZone string          `json:"time_zone"`
	Region   string          `json:"region"` // ISO 3166, how its customers write phone numbers
}

// Hello opens or mends a session.
type Hello struct {
	Protocol    int         `json:"protocol"`
	Release     string      `json:"release"`
	Head        ledger.Head `json:"head"`
	Fingerprint string      `json:"fingerprint"`
	// Uses says that the terminal knows rights to uses of limits.
	Uses bool `json:"uses,omitempty"`
	// Outside says that the terminal knows rows of the feed that tell of an account no
	// more than the directory has: those outside its store's working set.
	Outside bool `json:"outside,omitempty"`
	// Fencing says that the terminal wants to be told why it is fenced.
	Fencing bool `json:"fencing,omitempty"`
	// KeyID is that of the newest key of headquarters that the terminal knows, as
	// KeyParam.
	KeyID string `json:"key_id,omitempty"`
}

// Standing is how headquarters finds a terminal's journal.
type Standing string

const (
	// InStep: send what follows Known.
	InStep Standing = "in_step"
	// Regress: headquarters knows more of this terminal than the terminal
	// does. It opens an epoch above Known.Epoch and goes on from Common.
	Regress Standing = "regress"
	// Fenced: two machines used this id, or another took its place. It may still
	// send, and gets no rights and no feed, for ever.
	Fenced Standing = "fenced"
)

// Welcome answers a hello.
type Welcome struct {
	Standing Standing `json:"standing"`
	// Known is the last head headquarters has of the terminal; Common the last
	// one that both have, where that is not Known.
	Known       ledger.Head        `json:"known"`
	Common      *ledger.Head       `json:"common,omitempty"`
	Incarnation ledger.Incarnation `json:"incarnation"`
	At          ledger.Millis      `json:"at_ms"` // for terminals of the release before: the feed tells the time
	Token       string             `json:"token"`
	Durable     ledger.Place       `json:"durable,omitzero"`
	Store       Store              `json:"store"`
	// Rights are all open rights of this branch, so that one whose delivery
	// was lost arrives again.
	Rights []ledger.SignedEntry `json:"rights,omitempty"`
	// HandBack asks for what was published, what the terminal's directory lists and
	// the rights that it has, before anything else: headquarters was restored and
	// may have forgotten them.
	HandBack bool `json:"hand_back,omitempty"`
	// Fencing is for a terminal that is fenced and asked for it.
	Fencing *Fencing `json:"fencing,omitempty"`
	// Keys are all that followed one another, for a terminal that knows of keys.
	Keys []ledger.SignedSuccession `json:"keys,omitempty"`
}

// Fencing is why a terminal is fenced, and since when.
type Fencing struct {
	At ledger.Millis `json:"at_ms"`
	// Replaced says that somebody had another machine take its place; otherwise
	// two machines used its id.
	Replaced bool `json:"replaced"`
	// By is who took its place; none while nobody did.
	By ledger.TerminalID `json:"by,omitzero"`
}

// Keys answers KeysPath.
type Keys struct {
	Keys []ledger.SignedSuccession `json:"keys,omitempty"`
}

// HandBack gives a restored headquarters the rights of which something was
// spent or is open, known there or not. Saying it again changes nothing. Head
// is the end of the journal now; Last says that there are no more.
type HandBack struct {
	Head   ledger.Head        `json:"head"`
	Rights []ledger.KeptRight `json:"rights,omitempty"`
	Last   bool               `json:"last,omitempty"`
}

// TakenBack answers a HandBack.
type TakenBack struct {
	Rights int `json:"rights"`
}

// Publication gives a restored headquarters a version of a program that it
// published, or a rule that it stopped, known there or not. Saying it again
// changes nothing.
type Publication struct {
	Program *ledger.SignedProgram `json:"program,omitempty"`
	Stop    *ledger.SignedStop    `json:"stop,omitempty"`
}

// Listing gives a restored headquarters rows of the terminal's directory, in its
// order, known there or not. Without rows it asks which are wanted; saying one
// again changes nothing. Last says that there are no more.
type Listing struct {
	Rows []ledger.Listed `json:"rows,omitempty"`
	Last bool            `json:"last,omitempty"`
}

// Wanted answers a Listing: the rows to list next are those behind After (zero:
// from the first) that were told at Since or later, unless it has Enough.
type Wanted struct {
	Enough bool             `json:"enough,omitempty"`
	Since  ledger.Millis    `json:"since_ms"`
	After  ledger.KeyedHash `json:"after"`
}

// RightRequest asks for a right to spend now. Its id is the right's: asking
// again gives the same right.
type RightRequest struct {
	ID      ledger.RightID   `json:"id"`
	Account ledger.AccountID `json:"account"`
	Program string           `json:"program"`
	Unit    ledger.Unit      `json:"unit"`
	Amount  ledger.Points    `json:"amount"`
}

// RightAnswer has the grant, or says why there is none.
type RightAnswer struct {
	Grant  *ledger.SignedEntry `json:"grant,omitempty"`
	Refuse string              `json:"refuse,omitempty"`
	// Elsewhere says that another terminal has it and is asked to give it back.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// Page is a stretch of a store's feed. Next is the cursor to go on from;
// More says that rows are waiting behind it.
type Page struct {
	Changes []ledger.Change `json:"changes,omitempty"`
	Next    ledger.Cursor   `json:"next"`
	More    bool            `json:"more,omitempty"`
	Last    ledger.Position `json:"last,omitempty"` // of the feed, to who asks for it (LastParam)
	At      ledger.Millis   `json:"at_ms"`          // headquarters' time; 0 where it is not sure (UntoldParam)
	// Keys are all that followed one another, where the terminal does not know the
	// newest.
	Keys []ledger.SignedSuccession `json:"keys,omitempty"`
}

// PageEnd reads where a page ends that headquarters wrote, and whether more is waiting,
// without a look at its rows; more is false of what does not read so. It is good for a
// guess alone: nothing else of the page was judged.
func PageEnd(message []byte) (next ledger.Cursor, more bool) {
	var end struct {
		Next ledger.Cursor `json:"next"`
		More bool          `json:"more"`
	}
	begins := bytes.LastIndex(message, []byte(`],"next":`))
	if begins < 0 || json.Unmarshal(append([]byte{'{'}, message[begins+len("],"):]...), &end) != nil {
		return ledger.Cursor{}, false
	}
	return end.Next, end.More
}

// DecodePage reads a page as ledger.DecodeJSON does, and its rows in a fraction of
// the time.
func DecodePage(message []byte, into *Page) error {
	changes, rest, ok := ledger.CutChanges(message)
	var behind struct {
		Next ledger.Cursor             `json:"next"`
		More bool                      `json:"more"`
		Last ledger.Position           `json:"last"`
		At   ledger.Millis             `json:"at_ms"`
		Keys []ledger.SignedSuccession `json:"keys"`
	}
	if !ok || ledger.DecodeJSON(rest, &behind) != nil {
		return ledger.DecodeJSON(message, into)
	}
	*into = Page{changes, behind.Next, behind.More, behind.Last, behind.At, behind.Keys}
	return nil
}
