package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Signing is the key that headquarters signs with now, the one that is to follow
// it, and those that both came from. Session tokens go with it: who copied the
// key file before a rotation can make none after it.
type Signing struct {
	Signer  keys.Signer
	session keys.Secret // key of session tokens
	Next    *successor
	Line    ledger.KeyChain
}

type successor struct {
	Signer  keys.Signer
	session keys.Secret
	From    ledger.Millis // it signs
}

// signers gives the key of the time. Its own time is headquarters' believed one:
// a clock that jumped retires no key.
type signers struct {
	now func() ledger.Millis
	all atomic.Pointer[Signing]
}

// current returns the keys in force, the next ones once their time has come, and
// from then on whatever the clock does.
func (s *signers) current() *Signing {
	for {
		held := s.all.Load()
		if held.Next == nil || s.now() < held.Next.From {
			return held
		}
		if next := held.succeeded(); s.all.CompareAndSwap(held, next) {
			return next
		}
	}
}

// succeeded is what is held once the successor signs: the key before it is gone.
func (s *Signing) succeeded() *Signing {
	line, _ := s.Line.Hear(s.Next.Signer.Public())
	return &Signing{Signer: s.Next.Signer, session: s.Next.session, Line: line}
}

// Public is the key that headquarters signs with now.
func (k Ring) Public() ed25519.PublicKey { return k.signers.current().Signer.Public() }

// Private is its private half.
func (k Ring) Private() ed25519.PrivateKey { return k.signers.current().Signer.Private() }

// Line is all keys that are known, former ones and the next.
func (k Ring) Line() ledger.KeyChain { return k.signers.current().Line }

// ID names the signing key in answers.
func (k Ring) ID() string { return ledger.KeyID(k.Public()) }

// Sign signs an entry of headquarters.
func (k Ring) Sign(body []byte) []byte {
	return ledger.Sign(k.Private(), ledger.EntryDomain, body)
}

// Successions are what terminals are told of keys.
func (k Ring) Successions() []ledger.SignedSuccession { return k.Line().Successions().All }

// KeysBehind are the successions, for a terminal that does not know the newest
// key; none for one that knows nothing of keys.
func (k Ring) KeysBehind(known string) []ledger.SignedSuccession {
	if known == "" || known == ledger.KeyID(k.Line().Newest()) {
		return nil
	}
	return k.Successions()
}

// WithSuccessor is what is held once a new key is to follow, after an overlap.
func (s *Signing) WithSuccessor(of ledger.ChainID, now ledger.Millis, overlap time.Duration) (*Signing, error) {
	next := &successor{keys.NewSigner(), keys.NewSecret(keys.NewDataKey().Reveal()), now.Add(overlap)}
	signed, err := ledger.SignSuccession(of, s.Signer.Private(), next.Signer.Private(), now, next.From)
	if err != nil {
		return nil, err
	}
	line, grew := s.Line.Learn([]ledger.SignedSuccession{signed})
	if !grew {
		return nil, errors.New("the line of keys takes no more")
	}
	return &Signing{Signer: s.Signer, session: s.session, Next: next, Line: line}, nil
}

// ReadSigning reads the file's signing keys anew, unless what is held came after
// what it says.
func (k Ring) ReadSigning(dir string) error {
	file, err := readKeyFile(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, FileName), err)
	}
	found, err := file.signing()
	if err != nil || file.Chain != k.Chain {
		return unsoundKeys(dir)
	}
	if held := k.signers.current(); len(found.Line.Links()) > len(held.Line.Links()) {
		k.signers.all.CompareAndSwap(held, found)
	}
	return nil
}

// Held are the signing keys of now.
func (k Ring) Held() *Signing { return k.signers.current() }

// GoBy has the signing keys follow one another by a clock; nothing asks for them before.
func (k Ring) GoBy(now func() ledger.Millis) { k.signers.now = now }

// Missing is the latest succession whose new key is not in the line; nil where
// all are.
func Missing(line ledger.KeyChain, announced []ledger.SignedSuccession) *ledger.Succession {
	var latest *ledger.Succession
	for _, s := range announced {
		if said, err := s.Read(); err == nil && !line.Has(said.New) {
			latest = &said
		}
	}
	return latest
}
