package hq

import (
	"crypto/ed25519"
	"crypto/tls"
	"sync"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// TLSConfig returns TLS 1.3 with a certificate that headquarters' signing key
// made for itself: a terminal pins that key and looks at neither names nor
// dates. What a handshake signs begins with 64 spaces (RFC 8446 §4.4.3) and is
// none of our domains. From when on a successor signs, the certificate is its.
func (h *Headquarters) TLSConfig() (*tls.Config, error) {
	shown := &certificate{of: h.keys.Private}
	if _, err := shown.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: shown.get,
		NextProtos:     []string{"http/1.1"},
	}, nil
}

// certificate is that of the key that signs now.
type certificate struct {
	of func() ed25519.PrivateKey

	mu   sync.Mutex
	made *tls.Certificate
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := c.of()
	if c.made != nil && key.Equal(c.made.PrivateKey.(ed25519.PrivateKey)) {
		return c.made, nil
	}
	made, err := wire.SelfSigned(key, "loyaltyd headquarters "+ledger.KeyID(key.Public().(ed25519.PublicKey)))
	if err != nil {
		return nil, err
	}
	c.made = &made
	return c.made, nil
}
