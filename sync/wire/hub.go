package wire

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Paths of a hub for the lanes of its store. Whatever else a lane asks it passes on
// to headquarters, as it came.
const (
	HubHelloPath  = "/v1/hub/hello"
	HubBatchPath  = "/v1/hub/batches"
	HubNewsPath   = "/v1/hub/news"
	HubRightsPath = "/v1/hub/rights"
	// HubIntroductionsPath takes whom a lane introduces to the others. A hub of the
	// release before does not have it, and its welcome does not say so.
	HubIntroductionsPath = "/v1/hub/introductions"
)

// IntroductionsParam of a hello to a hub asks whether it takes introductions, and of a
// request for its news up to where the lane has them, as a cursor. Without it nothing
// is said of them: a lane of the release before would not understand it. ErasuresParam
// beside it says which erasures the lane has heard of: of a hub that has not it is told
// nobody.
const IntroductionsParam = "introductions"

// MaxIntroductions bounds those of one request.
const MaxIntroductions = 500

// Paths of headquarters for hubs.
const (
	RelayPath = "/v1/sync/relay"
	LanesPath = "/v1/sync/lanes"
)

// aloneHeader marks what a hub says where headquarters is out of its reach.
const aloneHeader = "Loyaltyd-Hub-Alone"

// SayAlone marks an answer as that of a hub which does not reach headquarters, or has no
// room to bring it anything.
func SayAlone(h http.Header) { h.Set(aloneHeader, "1") }

// IsAlone reports whether an answer is marked so.
func IsAlone(h http.Header) bool { return h.Get(aloneHeader) != "" }

// MaxParts bounds the parts of a welcome.
const MaxParts = 200

// Lanes are the tills of a hub's store.
type Lanes struct {
	Lanes []Lane `json:"lanes,omitempty"`
}

// Lane is a till as its hub knows it.
type Lane struct {
	Terminal  ledger.TerminalID `json:"terminal"`
	Name      string            `json:"name"`
	PublicKey []byte            `json:"public_key"`
}

// HubWelcome answers a lane's Hello to its hub.
type HubWelcome struct {
	// Known is up to where the hub has the lane's journal; zero where it has nothing
	// of its branch.
	Known ledger.Head `json:"known"`
	// Parts are those that the lane's branch was given last and may still spend, so
	// that one whose delivery was lost arrives again.
	Parts []ledger.GivenPart `json:"parts,omitempty"`
	At    ledger.Millis      `json:"at_ms"` // the hub's clock, which confirms nobody's
	// Introductions says that the hub takes and tells them, to a lane that asks.
	Introductions bool `json:"introductions,omitempty"`
}

// Introductions are those that a lane tells its hub.
type Introductions struct {
	Introductions []ledger.Introduction `json:"introductions"`
}

// Introduced says that a hub has them.
type Introduced struct{}

// Relayed says that a hub has a batch, or headquarters one that a hub brought. It
// is no ack: only headquarters' ack to the lane permits pruning.
type Relayed struct {
	UpTo ledger.Place `json:"up_to"`
	Head ledger.Hash  `json:"head"`
}

// PartRequest asks a hub for parts of what stands at it, together of an amount.
// Its id is the request's: asking again gives the same parts.
type PartRequest struct {
	RightRequest
	// Epoch and Branch are the lane's: a part is bound to them as a right is.
	Epoch  ledger.Epoch  `json:"epoch"`
	Branch ledger.Branch `json:"branch"`
}

// PartAnswer has the parts, or says why there are none.
type PartAnswer struct {
	Parts  []ledger.GivenPart `json:"parts,omitempty"`
	Refuse string             `json:"refuse,omitempty"`
}

// NewsPage is a stretch of what a hub heard from the lanes of its store.
type NewsPage struct {
	News []ledger.News `json:"news,omitempty"`
	Next ledger.Cursor `json:"next"`
	More bool          `json:"more,omitempty"`
	At   ledger.Millis `json:"at_ms"`
	// Introductions are for a lane that asks for them, Introduced up to where they go,
	// and Erasures the last erasure that the hub had heard of by then: who was erased is
	// not among them.
	Introductions []ledger.Introduction `json:"introductions,omitempty"`
	Introduced    *ledger.Cursor        `json:"introduced,omitempty"`
	Erasures      ledger.Millis         `json:"erasures_ms,omitempty"`
}

// BodiesOf are the entries of a batch that was decoded when it came.
func BodiesOf(message []byte) [][]byte {
	seal, err := SealOf(message)
	lines := bytes.Split(message, []byte("\n"))
	if err != nil || seal.Count < 0 || 1+seal.Count > len(lines) {
		return nil
	}
	return lines[1 : 1+seal.Count]
}

// SealOf reads what a batch says of itself; nothing of it is checked.
func SealOf(message []byte) (seal ledger.Seal, err error) {
	line, _, _ := bytes.Cut(message, []byte("\n"))
	var outer sealLine
	if err = ledger.DecodeJSON(line, &outer); err == nil {
		err = ledger.DecodeJSON(outer.Seal, &seal)
	}
	if err != nil {
		return seal, fmt.Errorf("read seal: %w", err)
	}
	return seal, nil
}
