package ledger

import (
	"crypto/ed25519"
	"slices"
)

// maxSuccessions bounds how many a KeyChain follows: a key a month for ten years.
const maxSuccessions = 120

// KeyChain is the line of a headquarters' signing keys, as far as it is known
// from one that is trusted. It is a value: to learn is to have another one.
type KeyChain struct {
	chain ChainID
	keys  []ed25519.PublicKey // oldest first
	links []KnownSuccession   // links[i] leads from keys[i] to keys[i+1]
	heard int                 // the index of the key that headquarters was last heard with
}

// KnownSuccession is one that was checked.
type KnownSuccession struct {
	Succession
	Signed SignedSuccession
}

// NewKeyChain begins with the key that is trusted.
func NewKeyChain(chain ChainID, trusted ed25519.PublicKey) KeyChain {
	return KeyChain{chain: chain, keys: []ed25519.PublicKey{trusted}}
}

// Learn follows successions, in whichever order they come; grew says whether any
// of them told something new. What is not signed by both of its keys, is another
// chain's, or touches no key that is known, is passed over.
func (k KeyChain) Learn(said []SignedSuccession) (learned KeyChain, grew bool) {
	var checked []KnownSuccession
	for _, s := range said {
		if read, err := s.Read(); err == nil && read.Chain == k.chain {
			checked = append(checked, KnownSuccession{read, s})
		}
	}
	for again := true; again; {
		again = false
		for _, link := range checked {
			next, took := k.take(link)
			k, grew, again = next, grew || took, again || took
		}
	}
	return k, grew
}

// take adds one link at either end. Of two keys that are both to follow one, the
// one announced later counts, as long as headquarters was not heard with the
// first: a headquarters put back to before a rotation rotates once more.
func (k KeyChain) take(link KnownSuccession) (KeyChain, bool) {
	from := k.index(link.Old)
	switch {
	case len(k.links) >= maxSuccessions:
		return k, false
	case from < 0 && k.keys[0].Equal(ed25519.PublicKey(link.New)):
		k.keys = append([]ed25519.PublicKey{link.Old}, k.keys...)
		k.links = append([]KnownSuccession{link}, k.links...)
		k.heard++
		return k, true
	case from < 0 || k.index(link.New) >= 0 || from < k.heard:
		return k, false
	case from < len(k.links) && k.links[from].At >= link.At:
		return k, false
	}
	k.keys = append(slices.Clone(k.keys[:from+1]), link.New)
	k.links = append(slices.Clone(k.links[:from]), link)
	return k, true
}

func (k KeyChain) index(key ed25519.PublicKey) int {
	return slices.IndexFunc(k.keys, func(known ed25519.PublicKey) bool { return known.Equal(key) })
}

// Newest is the key that signs, or will sign, last.
func (k KeyChain) Newest() ed25519.PublicKey { return k.keys[len(k.keys)-1] }

// Speaking are the keys that an answer may be signed with: the one that
// headquarters was last heard with, and those that follow it.
func (k KeyChain) Speaking() []ed25519.PublicKey { return k.keys[k.heard:] }

// Retired are the keys whose time is over: what they signed in it holds, and
// answers no longer.
func (k KeyChain) Retired() []ed25519.PublicKey { return k.keys[:k.heard] }

// Hear notes that headquarters signed an answer with a key; moved says whether
// those before it are retired by that.
func (k KeyChain) Hear(key ed25519.PublicKey) (heard KeyChain, moved bool) {
	at := k.index(key)
	if at <= k.heard {
		return k, false
	}
	k.heard = at
	return k, true
}

// Links are the successions that are known, the oldest first.
func (k KeyChain) Links() []KnownSuccession { return k.links }

// Successions is what is to be kept of the line.
func (k KeyChain) Successions() Successions {
	kept := Successions{Heard: k.keys[k.heard]}
	for _, link := range k.links {
		kept.All = append(kept.All, link.Signed)
	}
	return kept
}

// Resume goes on from what was kept.
func (k KeyChain) Resume(kept Successions) KeyChain {
	k, _ = k.Learn(kept.All)
	k, _ = k.Hear(kept.Heard)
	return k
}

// Has reports whether a key is of the line.
func (k KeyChain) Has(key ed25519.PublicKey) bool { return k.index(key) >= 0 }

// HasID reports whether an id is that of a key of the line.
func (k KeyChain) HasID(id string) bool {
	return slices.ContainsFunc(k.keys, func(key ed25519.PublicKey) bool { return KeyID(key) == id })
}

// HasFingerprint reports whether a fingerprint is that of a key of the line.
func (k KeyChain) HasFingerprint(fingerprint string) bool {
	return slices.ContainsFunc(k.keys, func(key ed25519.PublicKey) bool { return Fingerprint(key) == fingerprint })
}

// Signed reports whether any key of the line signed a message within a domain:
// documents stand for longer than the key that signed them.
func (k KeyChain) Signed(domain Domain, message, signature []byte) bool {
	return slices.ContainsFunc(k.keys, func(key ed25519.PublicKey) bool { return Verify(key, domain, message, signature) })
}
