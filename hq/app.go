package hq

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
)

// MaxAppLife bounds how long a certificate of an app holds: nothing takes it back
// before, at a till that hears of nothing, where the phone is stolen.
const MaxAppLife = 90 * 24 * time.Hour

// ErrAppLife says that a certificate would hold for no time, or for too long.
var ErrAppLife = errors.New("an app's certificate holds for up to 90 days")

// CertifyApp signs that an app's key is a member's, for a time, with the key that signs
// now. Nothing of it is kept: it goes with her, because a till that does not find her
// takes no code. Its errors are ErrNotFound, ErrWhichMember, ErrAppLife and
// appcode.ErrCertificate.
func (h *Headquarters) CertifyApp(ctx context.Context, whom Whom, key ed25519.PublicKey, life time.Duration) (c appcode.Certificate, signed appcode.Signed, err error) {
	if life <= 0 || life > MaxAppLife {
		return c, signed, ErrAppLife
	}
	err = h.view(ctx, func(tx *database.Tx) error {
		member, of, err := findWhom(tx, h.keys, whom)
		c.Member = member.Member()
		c.Account, _ = of.Account()
		return err
	})
	if err != nil {
		return c, signed, fmt.Errorf("certify app: %w", err)
	}
	c.Key, c.NotAfter = key, h.time().Add(life)
	c.NotAfter -= c.NotAfter % ledger.Millis(time.Second/time.Millisecond) // as it is written
	signed, err = c.Sign(h.keys.Private())
	return c, signed, err
}
