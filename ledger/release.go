package ledger

// Released names the entry that was held and is let be posted.
type Released struct {
	Entry EntryID `json:"entry"`
}
