package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ErasurePlan is what an erasure would come to, for who is to say yes to it.
type ErasurePlan struct {
	inquiry.MemberState
	Number bool `json:"number"` // headquarters has it, and her name
	Cards  int  `json:"cards"`
	// Stays says that others are in the account, and keep it.
	Stays bool `json:"account_stays"`
	// Terminals are those that are to erase her too, whoever was silent longest first.
	Terminals []erasure.Awaited `json:"terminals"`
}

// ToErase says whom an erasure would erase. Its errors are ErrNotFound and
// ErrWhichMember.
func (r *reading) ToErase(ctx context.Context, whom Whom) (plan ErasurePlan, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		member, of, err := findWhom(tx, r.keys, whom)
		if err != nil {
			return err
		}
		if plan.MemberState, err = inquiry.ReadMember(tx, r.keys, ledger.MillisOf(r.now()), member, of); err != nil {
			return err
		}
		plan.Stays = len(plan.Household) > 1
		err = tx.QueryRow(`
			SELECT EXISTS (SELECT 1 FROM person WHERE account = $1), (SELECT count(*) FROM person_card WHERE account = $2)`,
			member, member).Scan(&plan.Number, &plan.Cards)
		if err != nil {
			return err
		}
		plan.Terminals, err = erasure.ReadAwaited(tx, ledger.MillisOf(r.now())+1)
		return err
	})
	if err != nil {
		return ErasurePlan{}, fmt.Errorf("look whom to erase: %w", err)
	}
	return plan, nil
}
