"""List everyday words that sound or look like a name, or like a form of one.

Words in Latin letters are without accents. Names are not in the lists, even if they are words as well (Park).
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
"""Words of eight languages that sound like a syllable of a Chinese or Korean name."""

_KANA = """
から こと もの まで なら ので のに ます です した して する なり
たり だけ など ほど より また とき みな なに なぜ かな その この
"""

EVERYDAY_KANA = frozenset(_KANA.split())
"""Words that sound like a name in Latin letters (Kara, Made, Mono)."""

_LONGER = """
健康 健全 健やか 優しい 優しく 優しさ 優れ 優先 愛して 愛する 愛着 愛情 大学 学校 学ぶ 学び 学習 学生 希望
要望 望む 望ましい 心配 心理 心地 安心 中心 関心 熱心 初心 誠実 誠意 明るい 明るく 明るさ 明日 明確 明らかに
説明 証明 透明 不明 直接 率直 素直 正直 正しい 正しく 正解 正確 実際 実現 実行 実施 現実 充実 事実 確実 進む
進め 進歩 新しい 新しく 平和 平等 公平 平均 和やか 調和 豊かな 豊かに 勇気 恵まれ 守る 守られ 努力 勤務 業務
義務 研修 修正 光景 観光 幸せ 幸福 信頼 信じて 信じる 自信 信用 真剣 写真 共有 有益 未来 将来 美しい 静かな
静かに 冷静 純粋 単純 円滑 礼儀 失礼 敬意 尊敬 歩む 散歩 満足
つもり つまり あまり きまり かなり はなし はなす さらに わかり しっかり ばかり はっきり なかま ときどき
ほんとう さきに はるか ゆきたい ななめ
"""

WORDS_OF_SIGN = {
    sign: [word for word in _LONGER.split() if sign in word] for sign in "".join(_LONGER.split())
}
"""Words that hold a name (健 and 優 are given names, もり is Mori), by each of their signs."""

_LIKE_FORMS = """
acao acredita acredito adivinha ahorita alemao alinha apetito artisan aviao balao benita bonita bonito
botao calcao camarao caminha caminho carinha carinho cartao chao chiquito cita coracao cozinha credito
cristao dao debito decisao delito deposito distrito ejercito entao escrita escrito escuridao espinho estao
evita evito exito explicita explicito farinha favorita favorito feijao finita finito focinho funcao
galinha gestao grao gratuita gratuito grita grito habito implicita implicito infinita infinito irmao
irrita irrito limao limita limito linha madrinha manita mao marinha medita melhorao merito milita minha
missao moinho mosquito nao necesita necesito ninho opiniao padrao padrinho paixao pao partisan patrao
perdao permita permito pinho poquito porcao pouquinho pressao proposito questao quita quito rainha razao
reacao relacao requisito reuniao sao sardinha sensacao sessao situacao sobrinha sobrinho solita solito
solucao sozinha sozinho tao tinha toninho tradicao transito uniao verao versao vinha vinho visao visita
visito vizinha vizinho
"""

LIKE_FORMS = frozenset(_LIKE_FORMS.split())
"""Words of Romance languages that look like a form of a name: *caminho* of Cam, *evita* of Eva."""

_LIKE_GERMAN_FORMS = """
allein bisschen brauchen brotchen buchen deutsche deutschen deutscher deutsches fische flaschen frauchen
fraulein frische gleichen gleichmassig hauschen herrchen kaninchen kirchen kochen kuchen lachen machen
madchen marchen menschen mischen parchen rachen rauchen rechen regelmassig reichen sachen sprechen suchen
tauchen teilchen tische veilchen wachen weichen wischen wochen wunsche wunschen zeichen zwischen
"""

LIKE_GERMAN_FORMS = frozenset(_LIKE_GERMAN_FORMS.split())
"""The same in German, where a capital says nothing: *reichen* of Rei, *Märchen* of Mara."""
