package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Occasion is what a program is evaluated on: what happened, when, where and to
// whom.
type Occasion struct {
	At    ledger.Millis
	Zone  *time.Location // the store's; UTC where nil
	Store ledger.StoreID
	// One of these is set.
	Basket   *Basket
	Activity *Activity
	// Explain asks for the reasons of rules that gave nothing.
	Explain bool
	// Member and Referrer are as they were before it. A member nobody knows is
	// one who has just joined; without a referrer rules for one give nothing.
	Member   *Standing
	Referrer *Standing
}

// Activity is something a member did that is no sale.
type Activity struct {
	On    string // the rules' word for it
	Name  string
	Ref   string // makes a repeated activity count once
	Value int64
}

// Standing is what conditions, limits and rewards see of a member.
type Standing struct {
	Tier       string
	Statuses   []string // those that hold
	Segments   []string
	BirthMonth int         // 1 to 12; 0 where it is not known
	Joined     ledger.Date // empty for today
	Visits     int64       // sales since joining
	Referrals  int64       // friends who came through her
	// Used is what each limit's window has of her so far, by the limit's name.
	Used map[string]Usage
	// Vouchers are those held and not ended; of a reward the one that is used
	// first stands first.
	Vouchers []Held
	// Outside says that of all that but Tier nothing is known here (State.Outside).
	Outside bool
}

// Usage is how often, and how much of, something was given within a limit.
type Usage struct {
	Uses   int64
	Amount ledger.Points
}

// zone is the store's.
func (o *Occasion) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// facts are the occasion as conditions read it.
func (o *Occasion) facts(p *Program) condition.Facts {
	local := o.At.Time().In(o.zone())
	f := condition.Facts{
		Store:    string(o.Store),
		Now:      nowOf(local),
		Member:   o.Member.read(p, local),
		Referrer: o.Referrer.read(p, local),
		Event:    &condition.Event{On: onSale},
	}
	if a := o.Activity; a != nil {
		f.Event = &condition.Event{On: a.On, Name: a.Name, Ref: a.Ref, Value: a.Value}
	}
	if b := o.Basket; b != nil {
		f.Basket = &condition.Basket{Lines: b.Lines, Tenders: b.Tenders, Departments: b.Departments, Partner: b.Partner}
		for _, line := range b.Lines {
			f.Basket.Net += line.Net // a basket's sums were checked
			f.Basket.Gross += line.Gross
		}
	}
	return f
}

func nowOf(local time.Time) *condition.Now {
	weekday := int(local.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	return &condition.Now{
		Year: local.Year(), Month: int(local.Month()), Day: local.Day(), Weekday: weekday, Hour: local.Hour(),
	}
}

// read is the standing as conditions read it; one who has just joined has the
// lowest tier.
func (s *Standing) read(p *Program, local time.Time) *condition.Member {
	m := &condition.Member{Tier: p.lowestTier()}
	joined := local
	if s != nil {
		m.Statuses, m.Segments, m.BirthMonth = s.Statuses, s.Segments, s.BirthMonth
		m.Visits, m.Referrals = s.Visits, s.Referrals
		if s.Tier != "" {
			m.Tier = s.Tier
		}
		if s.Joined != "" {
			joined = civil(s.Joined)
			today := civil(ledger.Date(local.Format(time.DateOnly)))
			m.Days = int64(today.Sub(joined).Hours()) / 24
		}
	}
	m.Joined = condition.Day{Year: joined.Year(), Month: int(joined.Month()), Day: joined.Day()}
	return m
}

func (p *Program) lowestTier() string {
	if p.tiers == nil {
		return ""
	}
	return p.tiers.levels[0].name
}

func (s *Standing) vouchers() []Held {
	if s == nil {
		return nil
	}
	return s.Vouchers
}

func (s *Standing) used(limit string) Usage {
	if s == nil {
		return Usage{}
	}
	return s.Used[limit]
}
