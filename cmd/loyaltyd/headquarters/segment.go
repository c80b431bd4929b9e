package headquarters

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// SegmentRequest asks headquarters to put members in a segment, or to take them
// out of it.
type SegmentRequest struct {
	Segment  string   `json:"segment"`
	Out      bool     `json:"out"`
	Members  []string `json:"members"` // a number as typed, an account's id, or card:NUMBER
	Reason   string   `json:"reason"`
	Operator string   `json:"operator"`
	Try      bool     `json:"try"` // nothing is to be written
}

// SegmentAnswer says what it came to; where there are problems, to nothing.
type SegmentAnswer struct {
	Changed   int              `json:"changed"`
	Unchanged int              `json:"unchanged"`
	Problems  []SegmentProblem `json:"problems,omitempty"`
}

// SegmentProblem is of the member at a place of the request.
type SegmentProblem struct {
	Member  int    `json:"member"`
	Problem string `json:"problem"`
}

func (h *Local) segment(r *http.Request) (answer SegmentAnswer, err error) {
	var asked SegmentRequest
	if err := desk.Read(r, &asked); err != nil {
		return answer, err
	}
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := errors.Join(ledger.CheckSegment(asked.Segment), ledger.CheckReason(reason)); err != nil {
		return answer, exit.Fail(exit.Data, "", err)
	}
	members := make([]hq.Whom, len(asked.Members))
	for i, text := range asked.Members {
		if members[i], err = whom(text, h.config.Region); err != nil {
			answer.Problems = append(answer.Problems, SegmentProblem{i, err.Error()})
		}
	}
	if len(answer.Problems) > 0 {
		return answer, nil
	}
	done, err := h.Segment(r.Context(), hq.SegmentChange{
		Segmenting: ledger.Segmenting{Segment: asked.Segment, Out: asked.Out, Reason: reason}, Operator: asked.Operator, Try: asked.Try,
	}, members)
	if err != nil {
		return answer, err
	}
	answer.Changed, answer.Unchanged = done.Changed, done.Unchanged
	for _, place := range slices.Sorted(maps.Keys(done.Problems)) {
		problem := done.Problems[place]
		if errors.Is(problem, records.ErrNotFound) {
			problem = loyalty.ErrUnknownMember
		}
		answer.Problems = append(answer.Problems, SegmentProblem{place, problem.Error()})
	}
	if !asked.Try && len(answer.Problems) == 0 {
		h.log.Info().Str("segment", asked.Segment).Bool("out", asked.Out).Int("members", done.Changed).
			Str("operator_id", asked.Operator).Msg("segment changed")
	}
	return answer, nil
}

// whom reads how a member is named. Its errors do not quote it.
func whom(text, region string) (w hq.Whom, err error) {
	if card, ok := strings.CutPrefix(text, "card:"); ok {
		return hq.Whom{Card: strings.TrimSpace(card)}, nil
	}
	if w.Account.UnmarshalText([]byte(text)) == nil {
		return w, nil
	}
	number, err := phone.Parse(text, region)
	if err != nil {
		return hq.Whom{}, errors.New("neither a phone number nor an account's id nor card:NUMBER")
	}
	return hq.Whom{Phone: number.E164()}, nil
}
