package ledger

// PINs are what a store can check of the PINs that an account's members set; without
// any there are none, or the account is not of the store's working set.
type PINs struct {
	Account AccountID   `json:"account"`
	Members []MemberPIN `json:"members,omitempty"`
}

// MemberPIN is a member's, as package pin writes its hash, with the store's key over it.
type MemberPIN struct {
	Member MemberID `json:"member"`
	Hash   string   `json:"hash"`
}

// PINKind is the kind under which a store's key is put over the hash of a PIN, together
// with whose it is (PINBytes).
const PINKind = "member pin"

// PINBytes are what the store's key hashes.
func PINBytes(member MemberID, sum []byte) []byte { return append(member[:], sum...) }

// String masks itself.
func (MemberPIN) String() string { return "***" }

// GoString masks itself.
func (MemberPIN) GoString() string { return "***" }
