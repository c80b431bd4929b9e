package configs

// Reloads says of every key whether a running daemon takes it.
func Reloads() map[string]bool {
	keys := map[string]bool{}
	for _, leaf := range root.leaves() {
		keys[leaf.key] = leaf.reloads
	}
	return keys
}
