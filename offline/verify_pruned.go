package offline

import (
	"fmt"
)

func (c *check) readPruned() error {
	if err := c.tx.QueryRow(`SELECT up_to_n FROM pruned`).Scan(&c.prunedUpTo); err != nil {
		return fmt.Errorf("read what was pruned: %w", err)
	}
	return nil
}

// checkPruned looks at a row whose body is gone: its hash stands in the chain, and
// what it did is added up elsewhere.
func (c *check) checkPruned(r columns) error {
	c.report.Pruned++
	if r.n > c.prunedUpTo {
		c.find(r.n, "its body is gone, and was not pruned")
	}
	c.ofItsDay(r.n, r.date)
	if r.orig != 0 {
		return c.checkOrig(r)
	}
	return nil
}

// prunedKeys counts the keys of entries whose bodies are gone. Whatever was sold,
// returned or voided has one; of other kinds only the body would say.
func (c *check) prunedKeys() error {
	var keys, keyed, wanted int
	const keyedKinds = `kind IN ('sale', 'return', 'void')`
	err := c.tx.QueryRow(`
		SELECT count(*), coalesce(sum(`+keyedKinds+`), 0)
		FROM sale s JOIN journal j ON j.id = s.entry AND j.orig_n IS NULL
		WHERE j.body = '{}'`).Scan(&keys, &keyed)
	if err == nil {
		err = c.tx.QueryRow(`
			SELECT count(*)
			FROM journal
			WHERE body = '{}' AND orig_n IS NULL AND ` + keyedKinds).Scan(&wanted)
	}
	if err != nil {
		return fmt.Errorf("count keys of what was pruned: %w", err)
	}
	if keyed != wanted {
		c.find(0, "%d keys of sales and returns whose bodies are gone, for %d of them", keyed, wanted)
	}
	c.keys += keys
	return nil
}
