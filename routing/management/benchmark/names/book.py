"""The account book of the set: companies of many countries, well known or invented, each with a domain and a place."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where an account is: its country and region by their ISO codes, one postal code, a phone number but its end."""

    country: str
    region: str
    postal_code: str
    phone: str


class Company(NamedTuple):
    """An account of the book; `domain` is the one that is recorded for it."""

    name: str
    domain: str
    place: Place


_PLACES = """
    US US-TX 75201 +1214555; US US-CA 94105 +1415555; US US-NY 10018 +1212555; US US-IL 60606 +1312555
    US US-MA 02110 +1617555; US US-GA 30303 +1404555; US US-WA 98101 +1206555; US US-OH 43215 +1614555
    DE DE-BY 80331 +498955; DE DE-BE 10115 +493055; DE DE-HH 20095 +494055; DE DE-NW 40213 +4921155
    GB GB-LND EC1A1BB +442079; GB GB-MAN M11AE +441619; AT AT-9 1010 +43155; CH CH-ZH 8001 +4144555
    FR FR-IDF 75002 +3315555; FR FR-ARA 69002 +3347855; ES ES-MD 28013 +3491555; ES ES-CT 08002 +3493555
    IT IT-25 20121 +390255; PT PT-11 1100-148 +35121555; NL NL-NH 1012AB +312055; BE BE-BRU 1000 +322555
    DK DK-84 1050 +453355; SE SE-AB 11120 +46855; NO NO-03 0150 +472255; FI FI-18 00100 +35895
    PL PL-14 00-001 +482255; CZ CZ-10 11000 +42025555; HU HU-BU 1051 +36155; GR GR-I 10557 +30210555
    RU RU-MOW 101000 +7495555; UA UA-30 01001 +380445; BG BG-22 1000 +35925; JP JP-13 1000001 +8135555
    AU AU-NSW 2000 +6125550; AU AU-VIC 3000 +6135550; CA CA-ON M5H2N2 +1416555; IN IN-MH 400001 +912255
    BR BR-SP 01001-000 +551155; MX MX-CMX 06000 +525555; TR TR-34 34010 +90212555; ZA ZA-GP 2000 +271155
"""
_COMPANIES = {
    "US": """
        Delta Air Lines, Inc.: delta; Apex Systems Inc.: apexsystems; Globex Corporation: globex
        International Business Machines Corporation: ibm; Procter & Gamble Co.: pg; Johnson & Johnson: jnj
        Hewlett Packard Enterprise: hpe; General Motors Company: gm; Warner Bros. Discovery: wbd
        First National Bank of Texas: fnbt; Bank of America Corporation: bankofamerica; U.S. Bank: usbank
        University of Chicago: uchicago; Stanford University: stanford; Massachusetts Institute of Technology: mit
        American Manufacturing Group: ammfg; National Instruments Corp.: ni; International Paper Company: ipaper
        Lockwood Brothers Construction: lockwoodbros; Harrington Medical Center: harringtonmed
        Blue Ridge Pharmaceuticals: blueridgepharma; Cascade Engineering Services: cascadeeng
        Pioneer Insurance Associates: pioneerins; Northwind Traders: northwind; Contoso Pharmaceuticals: contoso
        Tailspin Toys: tailspin; Fabrikam Residences: fabrikam; Wingtip Communications: wingtip
        Salesforce, Inc.: salesforce; PricewaterhouseCoopers LLP: pwc; McKinsey & Company: mckinsey
        FedEx Corporation: fedex; PayPal Holdings: paypal; Goldman Sachs Group: gs; Morgan Stanley: morganstanley
        JPMorgan Chase & Co.: jpmorganchase; Caterpillar Inc.: cat; Colgate-Palmolive Company: colpal
        Berkshire Hathaway: berkshirehathaway; Lockheed Martin: lockheedmartin; Whirlpool Corporation: whirlpool
        Abbott Laboratories: abbott; Texas Instruments: ti; Advanced Micro Devices: amd
        Consolidated Edison: coned; Southern California Edison: sce; Mount Sinai Hospital: mountsinai
        Saint Jude Medical: sjm; Brookfield Properties: brookfield; Keystone Logistics Solutions: keystonelog
        Silverline Software Systems: silverline; Evergreen Dental Partners: evergreendental
        Summit Utilities: summitutil
        Redwood Management Consulting: redwoodmc; Lakeshore Distribution: lakeshoredist
        Crestview Financial: crestviewfin
        Harbor Freight Tools: harborfreight; Ironwood Electric: ironwoodelectric; Quantum Analytics: quantumanalytics
        Vertex Pharmaceuticals: vrtx; Pinnacle Foods: pinnaclefoods; Granite State Insurance: granitestate
        Meridian Health Services: meridianhealth; Sterling Industries: sterlingind; Oakwood Community Bank: oakwoodbank
        Kensington Laboratories: kensingtonlabs; Cornerstone Real Estate Advisors: cornerstonerea
        Rivertown Credit Union: rivertowncu; Tri-County Waste Management: tricountywaste; Studio 54 Media: studio54media
        3M Company: 3m; AT&T Inc.: att; 7-Eleven, Inc.: 7eleven; E.ON North America: eonna
    """,
    "DE": """
        Siemens AG: siemens; Müller Maschinenbau GmbH: mueller-maschinenbau
        Jäger Logistik GmbH & Co. KG: jaeger-logistik
        Bayerische Motoren Werke AG: bmw; Weiß Gebäudetechnik GmbH: weiss-gt; Schröder Elektrotechnik: schroeder-et
        Großhandel Köhler GmbH: koehler; Deutsche Bahn AG: deutschebahn; Robert Bosch GmbH: bosch
        Nordwind Energie AG: nordwind-energie; Apex Systems GmbH: apex-systems; Krüger & Söhne KG: krueger-soehne
        Stadtwerke München GmbH: swm; Universität Heidelberg: uni-heidelberg; Hapag-Lloyd AG: hapag-lloyd
        Süddeutsche Verlagsgesellschaft mbH: sueddeutsche-verlag; ThyssenKrupp Steel: thyssenkrupp
        Fraunhofer Gesellschaft: fraunhofer; Böhm Feinmechanik: boehm-feinmechanik; Rheinmetall AG: rheinmetall
    """,
    "GB": """
        Barclays Bank PLC: barclays; Marks & Spencer Group plc: marksandspencer; Rolls-Royce Holdings plc: rolls-royce
        University of Manchester: manchester; Thornbury Brothers Ltd: thornbury; British Airways: britishairways
        Hargreaves Lansdown: hl; Pemberton Engineering Limited: pemberton-eng; Sainsbury's: sainsburys
        Kingfisher International Products: kingfisher; Whitbread Hotels: whitbread
        Ashworth Legal Services: ashworthlegal
    """,
    "AT": "Österreichische Post AG: post; Voestalpine Stahl: voestalpine; Wiener Städtische: wienerstaedtische",
    "CH": """
        Zürcher Kantonalbank: zkb; Nestlé S.A.: nestle; Novartis Pharma AG: novartis; Bühler Anlagen AG: buehleranlagen
    """,
    "FR": """
        Société Générale S.A.: societegenerale; L'Oréal: loreal; Crédit Agricole: credit-agricole
        Saint-Gobain: saint-gobain
        Schneider Electric SE: se; Électricité de France: edf; Boulangerie Lefèvre SARL: lefevre; Dassault Systèmes: 3ds
    """,
    "ES": """
        Telefónica S.A.: telefonica; Construcciones Ibáñez S.L.: ibanez; Compañía Española de Petróleos: cepsa
        Peñarroya Minería: penarroya; Banco Santander: santander
    """,
    "IT": """
        Pirelli S.p.A.: pirelli; Assicurazioni Generali: generali; Fratelli Rossi S.r.l.: fratellirossi
        Ferrero: ferrero
    """,
    "PT": "Galp Energia: galp; Construções São João Lda.: saojoao",
    "NL": "Koninklijke Philips N.V.: philips; Van der Meer Transport B.V.: vandermeer; Heineken N.V.: heineken",
    "BE": "Solvay Chemicals: solvay; Brouwerij De Koninck: dekoninck",
    "DK": """
        A.P. Møller - Mærsk A/S: maersk; Ørsted A/S: orsted; Grønland Fiskeri A/S: gronlandfiskeri; Carlsberg: carlsberg
    """,
    "SE": """
        Ericsson AB: ericsson; Västerås Elektronik AB: vasteraselektronik; Skånska Byggvaror: skanskabygg
        Hennes & Mauritz: hm
    """,
    "NO": "Norsk Hydro ASA: hydro; Bjørnson Shipping AS: bjornson; Sørlandet Kraft: sorlandetkraft",
    "FI": "Kesko Oyj: kesko; Hämeenlinna Konepaja Oy: hameenlinna; Metsä Board: metsaboard",
    "PL": """
        Łódzka Fabryka Mebli Sp. z o.o.: lodzkafabryka; Polski Koncern Naftowy: pkn
        Żywiec Browary S.A.: zywiecbrowary; Krakowskie Zakłady Chemiczne: kzch
    """,
    "CZ": "Škoda Auto a.s.: skoda-auto; Příbram Strojírny s.r.o.: pribramstroj",
    "HU": "Győri Gépgyár Kft.: gyorigep; Richter Gedeon: richter",
    "GR": "Ελληνικά Πετρέλαια: helpe; Αθηναϊκή Ζυθοποιία: athenianbrewery; Μυτιληναίος: mytilineos",
    "RU": "Газпром: gazprom; Северсталь: severstal; Новатэк: novatek; Магнит: magnit; Яндекс: yandex",
    "UA": "Київстар: kyivstar; Нова Пошта: novaposhta; Рошен: roshen",
    "BG": "Булгартабак: bulgartabac; Софийска Вода: sofiyskavoda",
    "JP": "Toyota Motor Corporation: toyota; Mitsubishi Electric K.K.: mitsubishielectric; Nippon Steel: nipponsteel",
    "AU": """
        Commonwealth Bank of Australia: commbank; Wattle Creek Mining Pty Ltd: wattlecreek; Qantas Airways: qantas
        Banksia Technologies Pty Ltd: banksiatech
    """,
    "CA": """
        Royal Bank of Canada: rbc; Bombardier Transportation: bombardier; Maple Leaf Foods: mapleleaffoods
        Laurentian Manufacturing: laurentianmfg
    """,
    "IN": """
        Tata Consultancy Services: tcs; Infosys Limited: infosys; Reliance Industries: ril
        Godavari Steel Pvt Ltd: godavari
    """,
    "BR": "Petróleo Brasileiro S.A.: petrobras; Itaú Unibanco: itau; Cervejaria Água Clara Ltda.: aguaclara",
    "MX": "Cementos Mexicanos: cemex; Grupo Bimbo: grupobimbo",
    "TR": "Türk Telekom: turktelekom; Güneş Çelik A.Ş.: gunescelik; Koç Holding: koc",
    "ZA": "Sasol Limited: sasol; Standard Bank of South Africa: standardbank",
}
ENDINGS = {"US": "com", "GB": "co.uk", "AU": "com.au", "JP": "co.jp", "ZA": "co.za", "BR": "com.br", "TR": "com.tr"}
"""Under which ending a company of a country has its recorded domain, where it is not the country's code."""


def companies() -> tuple[Company, ...]:
    """All accounts, in an order that never changes."""
    places: dict[str, list[Place]] = {}
    for line in _PLACES.replace("\n", ";").split(";"):
        if line.strip():
            place = Place(*line.split())
            places.setdefault(place.country, []).append(place)
    book: list[Company] = []
    for country, text in _COMPANIES.items():
        for entry in text.replace("\n", ";").split(";"):
            name, found, stem = entry.strip().rpartition(": ")
            if found:
                where = places[country][len(book) % len(places[country])]
                place = where._replace(phone=where.phone + f"{1000 + len(book)}")
                book.append(Company(name, f"{stem}.{ENDINGS.get(country, country.lower())}", place))
    return tuple(book)
