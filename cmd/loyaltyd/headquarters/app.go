package headquarters

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// AppRequest asks headquarters to certify a member's app.
type AppRequest struct {
	Member   string `json:"member"` // a number as typed, an account's id, or card:NUMBER
	Key      string `json:"key"`    // the app's Ed25519 public key, unpadded base64url
	Days     int    `json:"days"`
	Operator string `json:"operator"`
}

// AppAnswer is a certificate for an app.
type AppAnswer struct {
	Account     ledger.AccountID `json:"account"`
	Member      ledger.MemberID  `json:"member_id"`
	NotAfter    time.Time        `json:"not_after"`
	Certificate appcode.Signed   `json:"certificate"`
}

func (h *Local) certifyApp(r *http.Request) (answer AppAnswer, err error) {
	var asked AppRequest
	if err := desk.Read(r, &asked); err != nil {
		return answer, err
	}
	key, err := base64.RawURLEncoding.Strict().DecodeString(asked.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return answer, exit.Fail(exit.Data, "give the app's Ed25519 public key, 32 bytes in base64url", errors.New("this is no public key of an app"))
	}
	who, err := whom(asked.Member, h.config.Region)
	if err != nil {
		return answer, exit.Fail(exit.Data, "", err)
	}
	c, signed, err := h.CertifyApp(r.Context(), who, key, time.Duration(asked.Days)*24*time.Hour)
	switch {
	case errors.Is(err, records.ErrNotFound):
		return answer, exit.Fail(exit.Data, "enroll her first, at a till", loyalty.ErrUnknownMember)
	case errors.Is(err, hq.ErrWhichMember), errors.Is(err, hq.ErrAppLife):
		return answer, exit.Fail(exit.Data, "", err)
	case err != nil:
		return answer, err
	}
	h.log.Info().Stringer("account", c.Account).Stringer("member_id", c.Member).Time("not_after", c.NotAfter.Time()).
		Str("operator_id", asked.Operator).Msg("app certified")
	return AppAnswer{c.Account, c.Member, c.NotAfter.Time(), signed}, nil
}
