package programtext

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Difference is what changes, for people.
func Difference(d loyalty.Difference) string {
	p := &page{}
	p.paragraph("", titleText(d))
	members := changesFor(d.Changes, loyalty.ForMembers)
	p.paragraph("", tellingText(d, len(members) > 0))
	p.warnings(d.Warnings)
	p.heading("For members")
	p.changes("Better for them:", ofVerdict(members, loyalty.Better))
	p.changes("Worse for them:", ofVerdict(members, loyalty.Worse))
	p.changes("Depends on the member:", ofVerdict(members, ""))
	if len(members) == 0 {
		p.paragraph("  ", "Nothing changes.")
	}
	p.heading("For managers")
	managers := changesFor(d.Changes, loyalty.ForManagers)
	p.changes("", managers)
	if len(managers) == 0 {
		p.paragraph("  ", "Nothing changes.")
	}
	return p.String()
}

// tellingText says when members are told, and whether that is soon enough.
func tellingText(d loyalty.Difference, members bool) string {
	switch {
	case !members:
		return "Nothing changes for members: nobody has to be told."
	case d.Notice == "":
		return "Announced on " + loyalty.English.DateWords(d.Announced) + "; members need not be told before it begins."
	case d.Kept:
		return fmt.Sprintf("Announced on %s, in time: members have to be told by %s, %s before.",
			loyalty.English.DateWords(d.Announced), loyalty.English.DateWords(d.TellBy), d.Notice)
	}
	return fmt.Sprintf("Announced on %s, too late: the version members have promises to tell them %s before, by %s. Announce it earlier, or begin later.",
		loyalty.English.DateWords(d.Announced), d.Notice, loyalty.English.DateWords(d.TellBy))
}

// changes writes some of them under a title, if there are any.
func (p *page) changes(title string, some []loyalty.Change) {
	if len(some) > 0 && title != "" {
		p.paragraph("  ", title)
	}
	for _, change := range some {
		p.item(change.Words, change.ID)
	}
}

func ofVerdict(all []loyalty.Change, verdict loyalty.Verdict) (some []loyalty.Change) {
	for _, change := range all {
		if change.ForMembers == verdict {
			some = append(some, change)
		}
	}
	return some
}

func titleText(d loyalty.Difference) string {
	if d.NewVersion == d.OldVersion {
		return fmt.Sprintf("%s, version %d in both files, from %s", d.Program, d.NewVersion, loyalty.English.DateWords(d.Effective))
	}
	return fmt.Sprintf("%s, version %d instead of %d, from %s", d.Program, d.NewVersion, d.OldVersion, loyalty.English.DateWords(d.Effective))
}

func changesFor(all []loyalty.Change, audience loyalty.Audience) (some []loyalty.Change) {
	for _, change := range all {
		if change.Audience == audience {
			some = append(some, change)
		}
	}
	return some
}
