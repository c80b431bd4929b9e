package device

// Latin spells a letter of another alphabet in Latin ones, to be read and not to
// be turned back: as in passports for Cyrillic and Greek, by sound for Arabic
// (which writes no short vowels), Hebrew, kana and Hangul. Chinese characters,
// whose sound depends on the language, have none.
func Latin(r rune) (string, bool) {
	if r >= firstHangul && r <= lastHangul {
		return hangul(r - firstHangul), true
	}
	if r >= 'ァ' && r <= 'ヶ' {
		r -= 'ァ' - 'ぁ' // katakana sound as hiragana
	}
	spelled, ok := latin[r]
	return spelled, ok
}

const (
	firstHangul = '가'
	lastHangul  = '힣'
	vowels      = 21
	finals      = 28
)

// hangul spells the syllable of a number: first, vowel and final, in the Revised
// Romanization of South Korea, letter by letter.
func hangul(n rune) string {
	return hangulFirst[n/(vowels*finals)] + hangulVowel[n/finals%vowels] + hangulFinal[n%finals]
}

var (
	hangulFirst = [...]string{"g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"}
	hangulVowel = [...]string{"a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"}
	hangulFinal = [...]string{"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"}
)

var latin = map[rune]string{
	'А': "A", 'Б': "B", 'В': "V", 'Г': "G", 'Д': "D", 'Е': "E", 'Ё': "E", 'Ж': "Zh", 'З': "Z", 'И': "I", 'Й': "Y",
	'К': "K", 'Л': "L", 'М': "M", 'Н': "N", 'О': "O", 'П': "P", 'Р': "R", 'С': "S", 'Т': "T", 'У': "U", 'Ф': "F",
	'Х': "Kh", 'Ц': "Ts", 'Ч': "Ch", 'Ш': "Sh", 'Щ': "Shch", 'Ъ': "", 'Ы': "Y", 'Ь': "", 'Э': "E", 'Ю': "Yu", 'Я': "Ya",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y",
	'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
	'І': "I", 'Ї': "I", 'Є': "Ye", 'Ґ': "G", 'і': "i", 'ї': "i", 'є': "ye", 'ґ': "g",
	'Α': "A", 'Β': "V", 'Γ': "G", 'Δ': "D", 'Ε': "E", 'Ζ': "Z", 'Η': "I", 'Θ': "Th", 'Ι': "I", 'Κ': "K", 'Λ': "L", 'Μ': "M",
	'Ν': "N", 'Ξ': "X", 'Ο': "O", 'Π': "P", 'Ρ': "R", 'Σ': "S", 'Τ': "T", 'Υ': "Y", 'Φ': "F", 'Χ': "Ch", 'Ψ': "Ps", 'Ω': "O",
	'ά': "a", 'έ': "e", 'ή': "i", 'ί': "i", 'ό': "o", 'ύ': "y", 'ώ': "o",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m",
	'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
	'ا': "a", 'أ': "a", 'إ': "i", 'آ': "a", 'ء': "'", 'ؤ': "'", 'ئ': "'", 'ب': "b", 'ت': "t", 'ث': "th", 'ج': "j", 'ح': "h", 'خ': "kh",
	'د': "d", 'ذ': "dh", 'ر': "r", 'ز': "z", 'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'ع': "'", 'غ': "gh",
	'ف': "f", 'ق': "q", 'ك': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'ة': "a", 'و': "w", 'ي': "y", 'ى': "a",
	'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g", 'ک': "k", 'ی': "y", '،': ",", '؛': ";", '؟': "?",
	'א': "'", 'ב': "b", 'ג': "g", 'ד': "d", 'ה': "h", 'ו': "v", 'ז': "z", 'ח': "ch", 'ט': "t", 'י': "y", 'כ': "k", 'ך': "k", 'ל': "l",
	'מ': "m", 'ם': "m", 'נ': "n", 'ן': "n", 'ס': "s", 'ע': "'", 'פ': "p", 'ף': "f", 'צ': "ts", 'ץ': "ts", 'ק': "k", 'ר': "r", 'ש': "sh", 'ת': "t",
	'ぁ': "a", 'あ': "a", 'ぃ': "i", 'い': "i", 'ぅ': "u", 'う': "u", 'ぇ': "e", 'え': "e", 'ぉ': "o", 'お': "o",
	'か': "ka", 'が': "ga", 'き': "ki", 'ぎ': "gi", 'く': "ku", 'ぐ': "gu", 'け': "ke", 'げ': "ge", 'こ': "ko", 'ご': "go",
	'さ': "sa", 'ざ': "za", 'し': "shi", 'じ': "ji", 'す': "su", 'ず': "zu", 'せ': "se", 'ぜ': "ze", 'そ': "so", 'ぞ': "zo",
	'た': "ta", 'だ': "da", 'ち': "chi", 'ぢ': "ji", 'っ': "", 'つ': "tsu", 'づ': "zu", 'て': "te", 'で': "de", 'と': "to", 'ど': "do",
	'な': "na", 'に': "ni", 'ぬ': "nu", 'ね': "ne", 'の': "no", 'は': "ha", 'ば': "ba", 'ぱ': "pa", 'ひ': "hi", 'び': "bi", 'ぴ': "pi",
	'ふ': "fu", 'ぶ': "bu", 'ぷ': "pu", 'へ': "he", 'べ': "be", 'ぺ': "pe", 'ほ': "ho", 'ぼ': "bo", 'ぽ': "po",
	'ま': "ma", 'み': "mi", 'む': "mu", 'め': "me", 'も': "mo", 'ゃ': "ya", 'や': "ya", 'ゅ': "yu", 'ゆ': "yu", 'ょ': "yo", 'よ': "yo",
	'ら': "ra", 'り': "ri", 'る': "ru", 'れ': "re", 'ろ': "ro", 'わ': "wa", 'を': "o", 'ん': "n", 'ゔ': "vu", 'ー': "-",
	'、': ",", '。': ".", '・': ".",
}
