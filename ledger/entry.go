package ledger

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
)

// Version is the form of the bodies this release writes.
const Version = 1

// Kind says what sort of fact an entry is.
type Kind string

// The kinds made at a till, then those made at headquarters.
const (
	Enroll      Kind = "enroll"
	Profile     Kind = "profile" // who a member is, said later: her name, a card of hers
	Sold        Kind = "sale"
	Returned    Kind = "return"
	Voided      Kind = "void" // a return of all that is left
	RightReturn Kind = "right_return"
	Done        Kind = "activity" // something a member did that is no sale
	// Adjust changes by hand, for a reason, what a member has; also headquarters'.
	Adjust  Kind = "adjust"
	Confirm Kind = "confirm" // that a sale is hers which stands by itself
	Claim   Kind = "claim"   // of a sale without a member, by its receipt's code
	Split   Kind = "split"   // a hub's: a part of a right, for a lane
	Part    Kind = "part"    // a lane's: that it took one

	Grant   Kind = "grant"
	Reclaim Kind = "reclaim"
	Vest    Kind = "vest"   // what was pending became available
	Expire  Kind = "expire" // what was available, or pending, ended
	Issue   Kind = "issue"  // a reward came by itself
	// Correct takes back, for a reason, what an entry had given.
	Correct Kind = "correct"
	// Segment puts a member in a group that conditions ask for, or takes her out.
	Segment Kind = "segment"
	// Transfer is what another account's entry gives to this one.
	Transfer Kind = "transfer"
	// Merge is that a person made another account this one.
	Merge Kind = "merge"
	// Import is what a member brings from an earlier system.
	Import Kind = "import"
	// Release lets an entry be posted that came from a fenced terminal.
	Release Kind = "release"
	// Erase is that who a member was is known no more.
	Erase Kind = "erase"
)

// Proof is how surely the member was there.
type Proof string

// The levels of proof, weakest first.
const (
	Claimed   Proof = "claimed"
	Presented Proof = "presented"
	Verified  Proof = "verified"
)

// Meets reports whether the proof is at least as strong as another.
func (p Proof) Meets(least Proof) bool { return p.rank() >= least.rank() && p.rank() > 0 }

func (p Proof) rank() int {
	switch p {
	case Claimed:
		return 1
	case Presented:
		return 2
	case Verified:
		return 3
	}
	return 0
}

// ProgramRef names the version of a program that decided an entry.
type ProgramRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Hash    Hash   `json:"hash"` // SHA-256 of the version's YAML
}

// Entry is one immutable fact. Encode writes its body once; from then on only
// those bytes are stored, hashed and sent.
type Entry struct {
	V        int     `json:"v"`
	ID       EntryID `json:"id"`
	Kind     Kind    `json:"kind"`
	At       Millis  `json:"at_ms"`
	Store    StoreID `json:"retail_store_id,omitempty"`
	Day      Date    `json:"business_day_date,omitempty"`
	Operator string  `json:"operator_id,omitempty"`
	Subject  Subject `json:"subject"`
	// Member is which member of the subject's account was here; zero where it has
	// one, or nobody knows. Joins is the account that an enroll adds her to, whose
	// proof is of somebody in it.
	Member  MemberID    `json:"member,omitzero"`
	Joins   AccountID   `json:"joins,omitzero"`
	Proof   Proof       `json:"proof,omitempty"`
	Program *ProgramRef `json:"program,omitempty"`
	Sale    *Sale       `json:"sale,omitempty"`
	Return  *Return     `json:"return,omitempty"`
	Right   *Right      `json:"right,omitempty"`
	End     *RightEnd   `json:"end,omitempty"`
	// Part is the split that a lane took, as its hub signed it.
	Part     *SignedEntry `json:"part,omitempty"`
	Activity *Activity    `json:"activity,omitempty"`
	Claiming *Claiming    `json:"claim,omitempty"`
	Postings []Posting    `json:"postings,omitempty"`
	// Statuses are what it grants, Uses what it draws on its member's limits.
	Statuses []StatusGrant `json:"statuses,omitempty"`
	Uses     []LimitUse    `json:"uses,omitempty"`
	// Pledges are the vouchers it promises and headquarters issues.
	Pledges []Pledge `json:"pledges,omitempty"`
	// Referrer is the code of who referred the member, as she named it when she
	// was enrolled; empty where nobody did.
	Referrer ReferralCode `json:"referrer,omitempty"`
	// Referral is the referrer's side, which becomes a transfer to her account.
	Referral *Referral   `json:"referral,omitempty"`
	Transfer *TransferOf `json:"transfer,omitempty"`
	Merge    *Merger     `json:"merge,omitempty"`
	Correct  *Correction `json:"correct,omitempty"`
	Adjust   *Adjustment `json:"adjust,omitempty"`
	// Segmenting is of a segment's entry.
	Segmenting *Segmenting `json:"segment,omitempty"`
	Import     *Imported   `json:"import,omitempty"`
	Release    *Released   `json:"release,omitempty"`
	Erase      *Erasing    `json:"erase,omitempty"`
	// Approver is the manager who let it be; empty where nobody was asked.
	Approver string `json:"approver_id,omitempty"`
	// Flags are the rules of conduct that it met, for people to look at.
	Flags []string `json:"flags,omitempty"`
	Told  *Told    `json:"told,omitempty"`
	// Attachment is the SHA-256 of the ciphertext that travels beside the
	// body and says who the person is.
	Attachment Hash `json:"attachment,omitzero"`
	// Erasures is the serial of the last erasure that its till had heard of when it
	// wrote the attachment: so whom that names was erased before, or is somebody
	// new. 0 where it had heard of none.
	Erasures Millis `json:"erasures_ms,omitempty"`
}

// Encode writes the entry's canonical bytes: one line of JSON, keys in the
// order of the fields, nothing that a reader could take in two ways. It
// returns ErrTooLarge over MaxBody.
func (e *Entry) Encode() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("encode entry: %w", err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encode entry: %w", err)
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(body) > MaxBody {
		return nil, fmt.Errorf("encode entry: %w", ErrTooLarge)
	}
	return body, nil
}

// Decode reads a body. It is strict (DecodeJSON) and refuses what Encode
// would not have written; a kind or version it does not know is
// ErrUnknownKind or ErrUnknownVersion.
func Decode(body []byte) (*Entry, error) {
	if len(body) > MaxBody {
		return nil, fmt.Errorf("decode entry: %w", ErrTooLarge)
	}
	e, ok := decodePlain(body)
	if !ok {
		e = Entry{}
		if err := DecodeJSON(body, &e); err != nil {
			return nil, fmt.Errorf("decode entry: %w", cmp.Or(headOf(body), err))
		}
	}
	if err := checkHead(e.V, e.Kind); err != nil {
		return nil, fmt.Errorf("decode entry: %w", err)
	}
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("decode entry: %w", err)
	}
	return &e, nil
}

// headOf looks at version and kind of a body that cannot be read, so that one of
// a newer release is told apart from a damaged one.
func headOf(body []byte) error {
	var head struct {
		V    int  `json:"v"`
		Kind Kind `json:"kind"`
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return err
	}
	return checkHead(head.V, head.Kind)
}

func checkHead(v int, kind Kind) error {
	if v != Version {
		return fmt.Errorf("%w %d", ErrUnknownVersion, v)
	}
	if !kind.known() {
		return fmt.Errorf("%w %q", ErrUnknownKind, string(kind))
	}
	return nil
}

func (k Kind) known() bool {
	switch k {
	case Enroll, Profile, Sold, Returned, Voided, RightReturn, Done, Confirm, Claim, Split, Part,
		Grant, Reclaim, Vest, Expire, Issue, Correct, Transfer, Merge, Adjust, Segment, Import, Release, Erase:
		return true
	}
	return false
}

func (e *Entry) check() error {
	if e.V != Version {
		return fmt.Errorf("%w %d", ErrUnknownVersion, e.V)
	}
	if e.ID.IsZero() {
		return fmt.Errorf("%s without an id", e.Kind)
	}
	if e.At <= 0 {
		return fmt.Errorf("%s without a time", e.Kind)
	}
	if err := e.Subject.check(); err != nil {
		return err
	}
	for _, p := range e.Postings {
		if err := p.check(); err != nil {
			return err
		}
	}
	if err := e.checkPromises(); err != nil {
		return err
	}
	if err := e.checkReferrer(); err != nil {
		return err
	}
	if err := e.checkConduct(); err != nil {
		return err
	}
	if err := e.checkMember(); err != nil {
		return err
	}
	return e.checkKind()
}

func (e *Entry) checkKind() error {
	switch e.Kind {
	case Enroll, Profile:
		if _, ok := e.Subject.Account(); !ok || e.Attachment.IsZero() && !e.joinsAtHeadquarters() {
			return fmt.Errorf("%s needs an account and an attachment", e.Kind)
		}
	case Sold:
		if e.Sale == nil {
			return fmt.Errorf("sale without a basket")
		}
		return e.Sale.check()
	case Returned, Voided:
		if e.Return == nil {
			return fmt.Errorf("%s without a sale", e.Kind)
		}
		return e.Return.check()
	case Done:
		if e.Activity == nil {
			return fmt.Errorf("activity without what was done")
		}
		return e.Activity.check()
	case Confirm, Claim:
		return e.checkClaiming()
	case Vest, Expire, Issue:
		if len(e.Postings) == 0 {
			return fmt.Errorf("%s that moves nothing", e.Kind)
		}
	case Adjust:
		return e.checkAdjust()
	case Segment:
		return e.checkSegment()
	case Import:
		return e.checkImport()
	case Erase:
		return e.checkErase()
	case Release:
		if e.Release == nil || e.Release.Entry.IsZero() {
			return fmt.Errorf("release of nothing")
		}
	case Correct:
		if e.Correct == nil || e.Correct.Entry.IsZero() || e.Correct.Reason == "" {
			return fmt.Errorf("correction of nothing, or without a reason")
		}
	case Transfer:
		if e.Transfer == nil || e.Transfer.Entry.IsZero() {
			return fmt.Errorf("transfer from nowhere")
		}
	case Merge:
		return e.checkMerge()
	case Grant:
		if e.Right == nil || e.Right.Amount <= 0 {
			return fmt.Errorf("grant without a right")
		}
		if e.Right.Terms != nil {
			return e.Right.Terms.check()
		}
	case Split:
		return e.checkSplit()
	case Part:
		if e.Part == nil || len(e.Postings) > 0 {
			return fmt.Errorf("part of nothing")
		}
	case RightReturn, Reclaim:
		if e.End == nil || e.End.Amount < 0 {
			return fmt.Errorf("%s without a right", e.Kind)
		}
	default:
		return fmt.Errorf("%w %q", ErrUnknownKind, string(e.Kind))
	}
	return nil
}
