package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

type vouchersOutput struct{ Body VoucherList }

// VoucherList are a member's vouchers.
type VoucherList struct {
	Account  string        `json:"account"`
	Vouchers []HeldVoucher `json:"vouchers" doc:"those to be used here first, in the order in which they would be: the one that ends soonest first"`
}

// HeldVoucher are vouchers of a member that are alike.
type HeldVoucher struct {
	Reward  string `json:"reward" doc:"redeem it, or hold it, by this id"`
	Count   int64  `json:"count"`
	Here    bool   `json:"usable_here" doc:"this till has them; others are at another till or at headquarters, and what they give is known where they are"`
	LastDay string `json:"last_day,omitempty" doc:"on which they hold; absent where they do not end, or are not here" example:"2027-02-19"`
	Benefit string `json:"benefit,omitempty" enum:"discount,percent,item,gift_card,donate,cash,access"`
	Value   int64  `json:"value,omitempty" doc:"minor units, of discount, gift_card, donate and cash"`
	Of      string `json:"of,omitempty" doc:"the percentage, the category, to whom a donation goes, or to what there is access"`
	Version int    `json:"voucher_version,omitempty" doc:"of the program that issued them, where it is not the one in force"`
}

func (s *Server) routeVouchers(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "list-vouchers", Method: http.MethodGet, Path: "/v1/members/{account}/vouchers", Summary: "A member's vouchers",
		Description: "Each with what it gives and until when. A voucher is used by redeem or a hold of its reward, which takes the one that ends soonest.",
		Security:    tokenNeeded, Errors: []int{401, 403, 404, 422, 503},
	}, s.listVouchers)
}

func (s *Server) listVouchers(ctx context.Context, in *accountInput) (*vouchersOutput, error) {
	var who checkout.Who
	if err := readMember(&who, in.Account, in.ID); err != nil {
		return nil, err
	}
	member, err := s.Till.Member(ctx, who.Account, who.Member)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &vouchersOutput{VoucherList{member.Account.String(), s.held(member)}}, nil
}

// held are a member's vouchers: those here, then how many more she has elsewhere.
func (s *Server) held(member loyalty.Member) []HeldVoucher {
	all, program := []HeldVoucher{}, s.Till.Programs.At(time.Now())
	for _, held := range member.Vouchers {
		reward, _ := program.Reward(held.Reward)
		o := s.offer(loyalty.Offer{Reward: held.Of(reward), Held: held}, program)
		all = append(all, HeldVoucher{
			Reward: o.Reward, Count: held.Count, Here: true, LastDay: o.LastDay, Benefit: o.Benefit, Value: o.Value, Of: o.Of, Version: o.Version,
		})
	}
	for _, v := range vouchers(member) {
		if away := v.Count - v.Here; away > 0 {
			all = append(all, HeldVoucher{Reward: v.Reward, Count: away})
		}
	}
	return all
}
