package hq

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// TLSConfig returns TLS 1.3 with a certificate that headquarters' signing key
// made for itself: a terminal pins that key and looks at neither names nor
// dates. What a handshake signs begins with 64 spaces (RFC 8446 §4.4.3) and is
// none of our domains. From when on a successor signs, the certificate is its.
func (h *Headquarters) TLSConfig() (*tls.Config, error) {
	shown := &certificate{of: h.keys.private}
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
	made, err := selfSigned(key)
	if err != nil {
		return nil, err
	}
	c.made = &made
	return c.made, nil
}

func selfSigned(key ed25519.PrivateKey) (tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "loyaltyd headquarters " + ledger.KeyID(key.Public().(ed25519.PublicKey))},
		NotBefore:    time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // no end, as RFC 5280 §4.1.2.5 writes it
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{cert}, PrivateKey: key}, nil
}
