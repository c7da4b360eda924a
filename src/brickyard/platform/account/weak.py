"""Passwords that everyone tries first: the head of the lists that attackers use."""

_TEXT = """
00000000 11111111 11223344 12121212 12341234 12344321 12345678 123456789 1234567890 123123123 1q2w3e4r
1q2w3e4r5t 1qaz2wsx 123qweasd 22222222 55555555 66666666 77777777 87654321 88888888 98765432 987654321
99999999 999999999 aa123456 aa12345678 abcd1234 abc12345 abcdefgh access14 administrator asdfasdf
asdfghjk asdfghjkl baseball basketball battery1 blink182 brickyard changeme charlie1 chocolate computer
corvette danielle dragon12 einstein elephant explorer facebook football football1 garfield hardcore
hello123 iloveyou iloveyou1 internet jennifer jonathan jordan23 letmein1 letmein123 liverpool marlboro
maverick mercedes metallica michelle michael1 midnight mountain mustang1 naruto123 nicholas passw0rd
password password! password1 password12 password123 password1234 pa55word p@ssw0rd p@ssword pokemon1
princess princess1 q1w2e3r4 q1w2e3r4t5 qazwsxedc qwer1234 qwert123 qwerty12 qwerty123 qwertyui qwertyuiop
rush2112 samantha scorpion secret123 sherlock snickers starwars steelers summer2024 summer2025 sunshine
sunshine1 superman superman1 swordfish testtest test1234 trustno1 victoria welcome1 welcome123 whatever
william1 winston1 yamaha12 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123
"""
COMMON = frozenset(_TEXT.split())
