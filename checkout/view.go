package checkout

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Stage is where a conversation stands, as screens with more room tell it.
type Stage string

// The stages.
const (
	StageIdle        Stage = "idle"
	StageIdentifying Stage = "identifying"
	StageUnknown     Stage = "unknown"
	StageSelling     Stage = "selling"
	StageConfirming  Stage = "confirming"
	StageUnsaved     Stage = "unsaved"
	StageAdding      Stage = "adding"
	StageDone        Stage = "done"
	StagePointed     Stage = "pointed"
	StageCopying     Stage = "copying"
	StageFinding     Stage = "finding"
	StageReturning   Stage = "returning"
	StageRefunding   Stage = "refunding"
	StageUnreturned  Stage = "unreturned"
	StageChoosing    Stage = "choosing"
	StageNaming      Stage = "naming"
	StagePinning     Stage = "pinning"
	StageOwnMenu     Stage = "own_menu"
	StageProving     Stage = "proving" // a member's PIN is keyed, hers or one that she sets
)

var stages = map[state]Stage{
	idle: StageIdle, identifying: StageIdentifying, unknown: StageUnknown, selling: StageSelling, confirming: StageConfirming,
	unsaved: StageUnsaved, adding: StageAdding, done: StageDone, pointed: StagePointed, copying: StageCopying, finding: StageFinding,
	returning: StageReturning, refunding: StageRefunding, unreturned: StageUnreturned, choosing: StageChoosing, naming: StageNaming,
	pinning: StagePinning, ownMenu: StageOwnMenu, proving: StageProving, newPIN: StageProving, againPIN: StageProving,
}

// View is how a conversation stands, for a screen with more room than a line
// display. It tells no more of a number than that does.
type View struct {
	Stage  Stage
	Typed  string       // of the field being keyed: a phone number's last digits, a PIN's stars
	Amount ledger.Minor // keyed, of a sale or a return
	Number string       // E.164, whole, while ENROLL is asked for; else empty
	Card   string       // masked, while it is asked whether to add it
	Member loyalty.Member
	Proof  ledger.Proof // that she is here
	Sale   Basket       // what ENTER would complete; without lines where no sale is open
	Reward string       // set aside
	Off    ledger.Minor // what that takes off a keyed amount; 0 where the sale decides
	Back   *ledger.Entry
	Left   ledger.Minor // of Back's sale, that can come back
	Paper  *Paper       // what was told and stands there still
	Lines  [2]string    // what the stage says on a line display, without passing remarks
}

// View tells how the conversation stands now. What it points to is not changed.
func (c *Counter) View() View {
	v := View{Stage: stages[c.state], Typed: c.shownTyped(), Member: c.member, Proof: c.proof, Reward: c.sale.reward.ID, Off: c.sale.off}
	switch c.state {
	case selling, confirming, unsaved:
		v.Amount = c.amount()
		v.Sale = c.basket()
		v.Sale.Approval = nil
	case unknown:
		v.Number = c.number.E164()
	case adding:
		v.Card = ledger.MaskCard(c.card.number)
	case returning, refunding, unreturned:
		v.Amount, v.Back, v.Left = c.amount(), c.back.sale, c.back.left
	case done:
		v.Paper = c.toldPaper()
	}
	v.Lines[0], v.Lines[1] = c.lines()
	return v
}

// toldPaper is the paper of what is being shown as told; nil where that has none.
func (c *Counter) toldPaper() *Paper {
	if c.told == [2]string{} {
		return nil
	}
	return c.paper
}

func (c *Counter) shownTyped() string {
	switch c.state {
	case identifying:
		return lastFour(c.typed)
	case pinning, proving, newPIN, againPIN:
		return strings.Repeat("*", len(c.typed))
	}
	return string(c.typed)
}
