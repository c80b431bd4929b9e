package headquarters

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

func (h *Local) mergeMembers(r *http.Request, asked HouseholdRequest) (m inquiry.MemberState, err error) {
	first, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return m, exit.Fail(exit.Data, "", fmt.Errorf("the first number: %w", err))
	}
	second, err := phone.Parse(asked.Of, h.config.Region)
	if err != nil {
		return m, exit.Fail(exit.Data, "", fmt.Errorf("the second number: %w", err))
	}
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckReason(reason); err != nil {
		return m, err
	}
	m, err = h.MergeMembers(r.Context(), hq.MemberMerge{
		ID: asked.ID, Phone: first.E164(), Other: second.E164(), Reason: reason, Operator: asked.Manager,
	})
	if errors.Is(err, records.ErrNotFound) {
		return m, exit.Fail(exit.Failed, "", err) // which of them
	}
	return m, err
}
