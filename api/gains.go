package api

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Redeem asks for a reward: its id, or {"reward": id, "times": n}.
type Redeem struct {
	Reward string
	Times  int64
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Redeem) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		*r = Redeem{Times: 1}
		return json.Unmarshal(data, &r.Reward)
	}
	asked := struct {
		Reward string `json:"reward"`
		Times  int64  `json:"times"`
	}{Times: 1}
	if err := ledger.DecodeJSON(data, &asked); err != nil {
		return err
	}
	*r = Redeem(asked)
	return nil
}

// MarshalJSON implements json.Marshaler: what is asked for once is its id, so
// that a request is the same however it says it.
func (r Redeem) MarshalJSON() ([]byte, error) {
	if r.Times == 1 {
		return json.Marshal(r.Reward)
	}
	return fmt.Appendf(nil, `{"reward":%q,"times":%d}`, r.Reward, r.Times), nil
}

// Schema implements huma.SchemaProvider.
func (Redeem) Schema(huma.Registry) *huma.Schema {
	reward := &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(32), Description: "its id"}
	times := &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(1.0), Default: 1, Description: "how often, of one that may be taken several times"}
	return &huma.Schema{OneOf: []*huma.Schema{reward, {
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"reward": reward, "times": times},
		Required: []string{"reward"}, AdditionalProperties: false,
	}}}
}

func redemptions(asked []Redeem) (of []loyalty.Redemption) {
	for _, r := range asked {
		of = append(of, loyalty.Redemption(r))
	}
	return of
}

// Gains are what a sale or activity gives beside units.
type Gains struct {
	Statuses []Granted  `json:"statuses"`
	Vouchers []Received `json:"vouchers" doc:"to be used later: given by a rule, or bought"`
}

// Granted is a status that was given.
type Granted struct {
	Status string `json:"status"`
	Period string `json:"period" doc:"ISO 8601; it extends what she has" example:"P12M"`
}

// Received is a voucher that was given.
type Received struct {
	Reward  string `json:"reward"`
	LastDay string `json:"last_day,omitempty" doc:"on which it holds" example:"2027-02-19"`
	ToCome  bool   `json:"to_come,omitempty" doc:"headquarters decides whether she gets it, and sends it"`
}

// Taken is a reward that was redeemed.
type Taken struct {
	Reward   string `json:"reward"`
	Times    int64  `json:"times"`
	Discount int64  `json:"discount_amount" doc:"minor units"`
	Benefit  string `json:"benefit,omitempty" enum:"gift_card,donate,cash,access" doc:"what it is where it is no discount"`
	Value    int64  `json:"value,omitempty" doc:"minor units, of a gift card, a donation or cash: for the POS to hand out"`
	To       string `json:"to,omitempty" doc:"who gets a donation"`
	Voucher  string `json:"voucher,omitempty" enum:"used,bought"`
	Version  int    `json:"voucher_version,omitempty" doc:"of the program that issued the voucher, where it is not the one that decided the sale"`
}

func (s *Server) gains(e *ledger.Entry) Gains {
	g := Gains{Statuses: []Granted{}, Vouchers: []Received{}}
	if e.Told == nil {
		return g // nobody known here has it
	}
	for _, status := range e.Statuses {
		g.Statuses = append(g.Statuses, Granted{status.Status, status.Period})
	}
	for _, p := range e.Postings {
		if reward, ok := p.Unit.Voucher(); ok && p.From == ledger.Issued {
			g.Vouchers = append(g.Vouchers, Received{Reward: reward, LastDay: s.lastDay(p.Lot)})
		}
	}
	for _, pledge := range e.Pledges {
		g.Vouchers = append(g.Vouchers, Received{Reward: pledge.Reward, ToCome: true})
	}
	return g
}

// lastDay is the last on which a lot is there; empty where it never ends.
func (s *Server) lastDay(terms *ledger.LotTerms) string {
	if terms == nil || terms.ExpiresAt == 0 {
		return ""
	}
	return string(ledger.DateAt(terms.ExpiresAt-1, s.Till.Zone))
}

func takenRewards(e *ledger.Entry) []Taken {
	out := []Taken{}
	for _, t := range e.Sale.Rewards {
		taken := Taken{
			Reward: t.Reward, Times: t.Times, Discount: int64(t.Discount), Benefit: t.Benefit, Value: int64(t.Value), To: t.To,
		}
		switch {
		case t.Voucher:
			taken.Voucher = "used"
			if t.Terms != nil && e.Program != nil && t.Terms.Promise.Version != e.Program.Version {
				taken.Version = t.Terms.Promise.Version
			}
		case t.Bought:
			taken.Voucher = "bought"
		}
		out = append(out, taken)
	}
	return out
}

func readReferrer(text string) (account ledger.AccountID, err error) {
	if text == "" {
		return account, nil
	}
	var who checkout.Who
	err = readMember(&who, text, "")
	return who.Account, err
}
