package columns

// Forms is what stands of a message before its values: what the dictionary is made of.
func Forms(message []byte) []byte { return newWriter(message).forms(nil) }

// Apart is what Encode packs, and what it does not; Together reads the two.
var (
	Apart    = encode
	Together = decode
)
