package loyalty

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Difference is what a new version of a program changes, in plain words.
type Difference struct {
	Program    string      `json:"program"`
	OldVersion int         `json:"old_version"`
	NewVersion int         `json:"new_version"`
	Announced  ledger.Date `json:"announced"` // members are told from here on
	Effective  ledger.Date `json:"effective"` // and this is when it changes
	// TellBy is the last day on which members may be told under the notice of
	// the old version, the one they have; Kept says that the announcement is
	// not after it.
	TellBy ledger.Date `json:"tell_by"`
	Kept   bool        `json:"kept"`
	Notice string      `json:"notice"` // of the old version
	// Changes are in the order of Kind, and of the old file before the new.
	Changes []Change `json:"changes"`
	// Warnings are about the two files as versions of one program.
	Warnings []Warning `json:"warnings"`
}

// Change is one thing that is otherwise. A new id is an addition, one that is
// gone a removal; Old or New is empty then.
type Change struct {
	Kind     ChangeKind  `json:"kind"`
	ID       string      `json:"id"`
	Audience Audience    `json:"audience"`
	Old      string      `json:"old,omitempty"`
	New      string      `json:"new,omitempty"`
	Words    string      `json:"words"` // both in one sentence
	From     ledger.Date `json:"from"`  // the first day on which it is otherwise
	// ForMembers says which way it goes where that is certain.
	ForMembers Verdict `json:"for_members,omitempty"`
}

// ChangeKind is what part of a program changes.
type ChangeKind string

// The kinds of changes, in the order in which they are told.
const (
	RuleChange     ChangeKind = "rule"
	RewardChange   ChangeKind = "reward"
	UnitChange     ChangeKind = "unit"
	TiersChange    ChangeKind = "tiers"
	LevelChange    ChangeKind = "level"
	EligibleChange ChangeKind = "eligible"
	ClaimChange    ChangeKind = "claim"
	RateChange     ChangeKind = "gives_back"
	LimitChange    ChangeKind = "limit"
	ProofChange    ChangeKind = "proof"
	OfflineChange  ChangeKind = "offline"
	NoticeChange   ChangeKind = "notice"
)

// Audience is who a change is told to.
type Audience string

// Members read what they earn and have, managers what it costs and how it is
// run.
const (
	ForMembers  Audience = "members"
	ForManagers Audience = "managers"
)

// Diff tells what changes from one version of a program to another. Versions
// of different programs have nothing to compare.
func Diff(old, new *Program) (Difference, error) {
	switch {
	case old.ref.ID != new.ref.ID:
		return Difference{}, fmt.Errorf("%q and %q are two programs: name two versions of one", old.ref.ID, new.ref.ID)
	case old.currency != new.currency:
		return Difference{}, fmt.Errorf("%s and %s: a program keeps its currency, begin a new program for another", old.currency, new.currency)
	}
	d := &differ{old: old, new: new, changes: []Change{}}
	d.rules()
	d.rewards()
	d.units()
	d.tiers()
	d.sentence(EligibleChange, ForMembers, "eligible", old.eligibleWords(), new.eligibleWords(), weighCondition(old.eligible, new.eligible))
	d.sentence(ClaimChange, ForMembers, "claim", old.claimWords(), new.claimWords(), weighNumber(old.claim.Days, new.claim.Days))
	d.policy()
	tellBy := lastToTell(old.notice, new.effective)
	return Difference{
		Program: new.ref.ID, OldVersion: old.ref.Version, NewVersion: new.ref.Version,
		Announced: new.announced, Effective: new.effective,
		TellBy: tellBy, Kept: new.announced <= tellBy, Notice: old.noticeWords(),
		Changes: d.changes, Warnings: versionWarnings(old, new, len(d.changes) > 0),
	}, nil
}

// lastToTell is the last day that is a notice before another. Going back from
// the end of a month can leave out some days of which that is so too.
func lastToTell(notice period, effective ledger.Date) ledger.Date {
	day := notice.before(effective)
	for next := nextDay(day); notice.from(next) <= effective; next = nextDay(next) {
		day = next
	}
	return day
}

// versionWarnings looks at whether the files can follow each other.
func versionWarnings(old, new *Program, changed bool) []Warning {
	all := []Warning{}
	switch {
	case new.ref.Version < old.ref.Version:
		all = append(all, Warning{"version", fmt.Sprintf("version %d is older than %d: the old file comes first", new.ref.Version, old.ref.Version)})
	case new.ref.Version == old.ref.Version && (changed || new.ref.Hash != old.ref.Hash):
		all = append(all, Warning{"version", fmt.Sprintf("both are version %d: give the new one the next number", new.ref.Version)})
	case new.effective < old.effective:
		all = append(all, Warning{"effective", fmt.Sprintf("the new version begins on %s, before the old one does on %s",
			English.DateWords(new.effective), English.DateWords(old.effective))})
	}
	return all
}

// differ collects changes.
type differ struct {
	old, new *Program
	changes  []Change
}

// sentence notes a change of something that both versions say, if they do not
// say the same.
func (d *differ) sentence(kind ChangeKind, audience Audience, id, old, new string, way weight) {
	if old == new {
		return
	}
	d.changes = append(d.changes, Change{
		Kind: kind, ID: id, Audience: audience, Old: capital(old), New: capital(new),
		Words: capital(instead(old, new)), From: d.new.effective, ForMembers: way.verdict(),
	})
}

// pairs calls same for what both have by name, and notes what only one has.
// Names are told in the order of the old file, then new ones in that of theirs.
func pairs[T any](old, new []T, name func(T) string, gone func(T), same func(old, new T), added func(T)) {
	find := func(all []T, id string) int {
		return slices.IndexFunc(all, func(t T) bool { return name(t) == id })
	}
	for _, was := range old {
		if i := find(new, name(was)); i >= 0 {
			same(was, new[i])
		} else {
			gone(was)
		}
	}
	for _, is := range new {
		if find(old, name(is)) < 0 {
			added(is)
		}
	}
}
