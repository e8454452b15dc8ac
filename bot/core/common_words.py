"""List everyday words of eight languages that sound like a syllable of a Chinese or Korean name.

Words are without accents. Names are not in the list, even if they are words as well (Park, Song, Jung).
"""

_WORDS = """
aan ab ag ah ai air al all am an ao ar baan bag bah bahn ball bang bank bar bara bas basis be been
beer beh bei bel bem bien big bil bin bis boek bois bok bom bon book boos bor bus ca can ce ceu
chain chair chans che cher chi chien china ci cui da daar dag dai dal dan dank dann dar day de deel
deep del dela dell della dem den denk denn der deras deu deur di die dieu dig din ding dir do doe
doel doen dog doing dois dom don door dor du dum dumm dur dying een eh el em en er eu fa fan fanns
feu fou ga gaan gab gain gang gar ge geen geh gek gens ger ging girl go goes going gor gun ha haar
hab hai hair hall halla han hang har he heb heel heen heer hel hell hem hen her herr hi hill him hin
hoe hoi holl hon hoog hoop hoor hor hos hou hour huis hun hur hus ihm ihn ihr ik il ill im in ir ja
jaar jag jahr jail je jeu jo job jobb join jou joue joueur jour ju juin jungs kan kann keep keer
kill king koll kom komm kon kop kor korea kul kun kwam la lag lagg lan lang lar law le leer lees leg
lei ler leuk leur lien lies lieu link lo loi loin lol long look loop lors low lying ma maak maar mag
mai mail main mal man mann mao map mar me mee meer mehr men mer meu mi mie mig mil mim min minns mir
mme modo moi moins mom mon na naam naar nahm nam nao nar ne nee neem nei nel nem nen ner neu neue
neun ni nie niks no nog noi noir nom non nor nou nu num nun nur nya ob oh oi oil ok ol om on ook op
or ou oui our pa paar pai pain pair par para parla paying pe peor per peu peur pie po poi pool poor
pop por pour pu puis pull pur qu qua quais que qui rain ran raus re rei rien ring roi rol roll room
ror row rue ruim rum run sa sag saga sah sai sair sak san sang sao saying se see seeing seek seem
seen sehr sei seks sell sem sen ser seu seul shall she ship shoes shop si sia sida sie sig sim sin
sinn sir sitta so sob sohn soi soir sol soll som son songs soon sou soul su sua sub sue sui sul suo
sur ta taal tag tage tais take tal tan tank tao tar te tel tell tem ten ter tera terra teu ti tien
till tips to toe toen tog toi toll ton too took top tor tour tous tu tun tuo tur twee two uhr uk um
un ung up upp ur uur waar wahl wahr wall wann war was we web week weer wees weg wel well wen wenn
wer wil will win wing wir wo wohl won ya yes yo you young your ze zee zehn zei zoon zou zu
"""

EVERYDAY = frozenset(_WORDS.split())
