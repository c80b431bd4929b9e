package hq

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// signing reads the signing keys of the file. What they came from leads to the
// key that signs, and to the successor where there is one.
func (f keyFile) signing() (*signing, error) {
	signer, err := keys.ParseSigner(f.Signer)
	if err != nil {
		return nil, err
	}
	line, _ := ledger.NewKeyChain(f.Chain, signer.Public()).Learn(f.Successions)
	held := &signing{signer: signer, session: keys.NewSecret(f.Session), line: line}
	links := line.Links()
	if len(links) != len(f.Successions) {
		return nil, errors.New("a succession of keys is damaged")
	}
	if f.Successor == nil {
		return held, newest(held)
	}
	next, err := keys.ParseSigner(f.Successor.Signer)
	if err != nil {
		return nil, err
	}
	if len(links) == 0 || !next.Public().Equal(line.Newest()) || f.Successor.Session == "" {
		return nil, errors.New("the successor is not announced")
	}
	held.next = &successor{next, keys.NewSecret(f.Successor.Session), links[len(links)-1].Until}
	return held, nil
}

// newest refuses a file that announces a key and does not have it.
func newest(held *signing) error {
	if !held.line.Newest().Equal(held.signer.Public()) {
		return errors.New("the successor is missing")
	}
	return nil
}

// with is the file with what is held for signing.
func (f keyFile) with(held *signing) keyFile {
	f.Signer, f.Session, f.Successor = held.signer.Reveal(), held.session.Reveal(), nil
	f.Successions = held.line.Successions().All
	if held.next != nil {
		f.Successor = &successorFile{held.next.signer.Reveal(), held.next.session.Reveal()}
	}
	return f
}

// writeSigning puts what is held for signing into the key file.
func (h *Headquarters) writeSigning(held *signing) error {
	file, err := readKeyFile(h.dir)
	if err != nil {
		return err
	}
	return keys.WriteFile(filepath.Join(h.dir, keyName), file.with(held))
}

// forgetRetired takes the private half of a key whose time is over out of the
// file: nothing needs it any more.
func (h *Headquarters) forgetRetired() error {
	held := h.keys.signers.current()
	if h.forgot.Load() == held {
		return nil
	}
	file, err := readKeyFile(h.dir)
	if err == nil && file.Signer != held.signer.Reveal() {
		err = keys.WriteFile(filepath.Join(h.dir, keyName), file.with(held))
	}
	if err == nil {
		h.forgot.Store(held)
	}
	return err
}

// noteSuccessions has the database know what the key file knows, so that another
// process with an older key file is found out.
func (h *Headquarters) noteSuccessions(tx *database.Tx) error {
	for _, link := range h.keys.line().Links() {
		_, err := tx.Exec(`
			INSERT INTO signing_key (key_id, body, by_old, by_new, announced_at_ms)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (key_id) DO NOTHING`,
			ledger.KeyID(link.New), link.Signed.Body, link.Signed.ByOld, link.Signed.ByNew, link.At)
		if err != nil {
			return fmt.Errorf("note succession of keys: %w", err)
		}
	}
	return nil
}

// readSuccessions returns what some process of this headquarters announced.
func readSuccessions(tx *database.Tx) (all []ledger.SignedSuccession, err error) {
	rows, err := tx.Query(`SELECT body, by_old, by_new FROM signing_key ORDER BY announced_at_ms, key_id`)
	if err != nil {
		return nil, fmt.Errorf("read succession of keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s ledger.SignedSuccession
		if err := rows.Scan(&s.Body, &s.ByOld, &s.ByNew); err != nil {
			return nil, fmt.Errorf("read succession of keys: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// missing is the latest succession whose new key is not in the line; nil where
// all are.
func missing(line ledger.KeyChain, announced []ledger.SignedSuccession) *ledger.Succession {
	var latest *ledger.Succession
	for _, s := range announced {
		if said, err := s.Read(); err == nil && !line.Has(said.New) {
			latest = &said
		}
	}
	return latest
}
