package loyalty

// policy is what managers decide and answer for.
func (d *differ) policy() {
	old, new := d.old, d.new
	d.sentence(RateChange, ForManagers, "gives_back", "gives back "+old.worst(true).words(), "gives back "+new.worst(true).words(), nothing)
	d.sentence(RateChange, ForManagers, "gives_back",
		"gives back "+old.worst(false).words()+" outside of promotions", "gives back "+new.worst(false).words()+" outside of promotions", nothing)
	d.limits()
	d.sentence(ProofChange, ForManagers, "proof", "to earn: "+proofWords(old.proof.Earn), "to earn: "+proofWords(new.proof.Earn), nothing)
	d.sentence(ProofChange, ForManagers, "proof", "to spend: "+proofWords(old.proof.Redeem), "to spend: "+proofWords(new.proof.Redeem), nothing)
	d.sentence(ProofChange, ForManagers, "proof", old.detachedWords(), new.detachedWords(), nothing)
	before, after := old.offlineWords(), new.offlineWords()
	for i := range before {
		d.sentence(OfflineChange, ForManagers, "offline", before[i], after[i], nothing)
	}
	d.sentence(NoticeChange, ForManagers, "notice", noticeSentence(old), noticeSentence(new), nothing)
}

func noticeSentence(p *Program) string {
	if words := p.noticeWords(); words != "" {
		return "changes are announced " + words + " before"
	}
	return "changes need not be announced before"
}

func (d *differ) limits() {
	name := func(s LimitSummary) string { return s.ID }
	words := func(p *Program, s LimitSummary) string {
		return "limit " + s.ID + ": " + p.limitWords(p.limits[s.ID], p.limitUnit(s.ID))
	}
	pairs(d.old.limitSummaries(), d.new.limitSummaries(), name,
		func(was LimitSummary) { d.sentence(LimitChange, ForManagers, was.ID, words(d.old, was), "", nothing) },
		func(was, is LimitSummary) {
			d.sentence(LimitChange, ForManagers, is.ID, words(d.old, was), words(d.new, is), weighLimit(d.old.limits[is.ID], d.new.limits[is.ID]))
		},
		func(is LimitSummary) { d.sentence(LimitChange, ForManagers, is.ID, "", words(d.new, is), nothing) })
}
