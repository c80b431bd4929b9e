package hq

import (
	"crypto/tls"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// TLSConfig returns TLS 1.3 with a certificate that headquarters' signing key
// made for itself.
func (h *Headquarters) TLSConfig() (*tls.Config, error) {
	return wire.SelfMade(h.keys.signer.Private(), "loyaltyd headquarters "+h.keys.id())
}
