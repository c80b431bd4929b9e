package loyalty

func (d *differ) rewards() {
	id := func(r Reward) string { return r.ID }
	pairs(d.old.rewards, d.new.rewards, id,
		func(was Reward) { d.sentence(RewardChange, ForMembers, was.ID, d.old.rewardWords(was), "", bad) },
		func(was, is Reward) {
			d.sentence(RewardChange, ForMembers, is.ID, d.old.rewardWords(was), d.new.rewardWords(is), d.weighReward(was, is))
		},
		func(is Reward) { d.sentence(RewardChange, ForMembers, is.ID, "", d.new.rewardWords(is), good) })
}

func (d *differ) weighReward(old, new Reward) weight {
	return sum(
		weighCost(old, new), weighBenefit(old.Benefit, new.Benefit),
		weighCondition(old.when, new.when), weighLimits(d.old, d.new, old.limits, new.limits),
		weighVoucher(old, new), weighSame(old.Auto, new.Auto),
		weighFlag(old.Repeat, new.Repeat), weighFlag(!old.GrantOnly, !new.GrantOnly),
	)
}

func weighCost(old, new Reward) weight {
	switch {
	case old.Cost == 0 || new.Cost == 0 || old.Unit == new.Unit:
		return weighNumber(old.Cost, new.Cost).reversed()
	}
	return unsure // another unit
}

func weighBenefit(old, new Benefit) weight {
	if old.Kind != new.Kind || old.Item != new.Item || old.To != new.To || old.Access != new.Access {
		return unsure
	}
	return sum(
		weighNumber(old.Value, new.Value), weighMost(int64(old.Max), int64(new.Max)),
		weighRate(old.Percent, new.Percent),
	)
}

// weighMost: 0 is without a bound.
func weighMost(old, new int64) weight {
	switch {
	case old == new:
		return nothing
	case old == 0:
		return bad
	case new == 0:
		return good
	}
	return weighNumber(old, new)
}

// weighRate compares exactly; a rate that is not there has no denominator.
func weighRate(old, new Rate) weight {
	if old.Den == 0 || new.Den == 0 {
		return nothing
	}
	return weighNumber(0, new.rat().Cmp(old.rat()))
}

// weighVoucher: a voucher instead of a discount at once, or the other way
// round, suits some and not others.
func weighVoucher(old, new Reward) weight {
	if old.IsVoucher() != new.IsVoucher() {
		return unsure
	}
	return weighPeriod(old.voucher, new.voucher)
}

// weighFlag is for what members want.
func weighFlag(old, new bool) weight {
	switch {
	case old == new:
		return nothing
	case new:
		return good
	}
	return bad
}
