"""Names of other companies: some look like an account of the book, some are brands of their own, some are strangers."""

from __future__ import annotations

LOOK_ALIKES = """
    Delta Air Lines, Inc.: Delta Faucet Company, Delta Dental, Delta Electronics, Delta Apparel, Alta Air Lines
    Apex Systems Inc.: Apex Solutions, Apex Tool Group, Apex Clean Energy, Apen Systems GmbH, Ajax Systems
    Globex Corporation: Glovex Labs, Globe Life, Global Exports, Globant, Globus Medical
    First National Bank of Texas: First National Bank of Alaska, First National Bank of Nevada, First Texas Bank,
        Second National Bank of Texas, First International Bank of Texas, First National Bank
    Bank of America Corporation: Bank of Africa, Bank of Amarillo, American Bank Note, Bank of Montreal
    U.S. Bank: US Foods, UBS Bank, USAA Bank, US Ban
    University of Chicago: University of Illinois, Chicago State College, University of Chico, University of Chiang Mai
    Stanford University: Samford University, Stamford University, Stratford University, Stanford Homes
    University of Manchester: University of Winchester, Manchester United, University of Colchester
    American Manufacturing Group: American Marketing Group, American Media Group, Armenian Manufacturing Group
    National Instruments Corp.: National Investments, Rational Instruments, National Institute
    International Paper Company: International Papers Trading House, National Paper Company, International Piper
    Lockwood Brothers Construction: Lockwood Sisters Construction, Rockwood Brothers Construction,
        Lockwood Brothers Consulting
    Harrington Medical Center: Harrington Dental Center, Warrington Medical Center, Farrington Medical Center
    Blue Ridge Pharmaceuticals: Blue Ridge Petroleum, Blue Bridge Pharmaceuticals, Blue River Pharmaceuticals
    Cascade Engineering Services: Cascade Energy Services, Cascade Enterprises, Arcade Engineering Services
    Pioneer Insurance Associates: Pioneer Investment Associates, Pioneer Natural Resources
    Northwind Traders: Northwind Trailers, Southwind Traders, North Wing Traders, Northwood Traders
    Contoso Pharmaceuticals: Contoso Suites, Costco Pharmacy, Contessa Pharmaceuticals
    Tailspin Toys: Tailspin Tours, Tail Spin Aviation, Tailspin Tools
    Wingtip Communications: Wingtip Toys, Winship Communications, Wingtip Commissions
    Salesforce, Inc.: Salesfloor, Saleshorse, Salesloft, Workforce
    FedEx Corporation: FedEx Field, FedNat, Fedora Corporation, Feder
    PayPal Holdings: Payback Holdings, PayU Holdings, Paypoint, Playpal
    Goldman Sachs Group: Goldmann Sax Verlag, Goldman Sanders, Coleman Sachs
    Morgan Stanley: Morgan Stanhope, Morgan Sindall, Morton Stanley, Stanley Black
    JPMorgan Chase & Co.: Morgan Chase Realty, JP Morton Chase, Chase Packaging
    Caterpillar Inc.: Caterpillar Kids Day Care, Caterham, Chatterpillar
    Abbott Laboratories: Abbott Brothers, Abbot Hall School, Abbey Laboratories, Abbott Lavatories
    Texas Instruments: Texas Investments, Texas Roadhouse, Taxes Instruments
    Consolidated Edison: Consolidated Energy, Consolidated Edition, Edison International
    Southern California Edison: Northern California Edison, Southern California Gas, Southern Carolina Edison
    Mount Sinai Hospital: Mount Senai Hotel, Mount Zion Hospital, Mount Sinai Cemetery
    Brookfield Properties: Brookfield Zoo, Crookfield Properties, Brookfield Schools, Brookford Properties
    Keystone Logistics Solutions: Keystone Lighting Solutions, Keystone Language Services, Milestone Logistics Solutions
    Silverline Software Systems: Silverlake Software Systems, Silverline Windows, Silverlane Furniture Systems
    Evergreen Dental Partners: Evergreen Rental Partners, Evergreen Capital Partners, Evergreens Garden Partners
    Summit Utilities: Summit Securities, Summit Universities, Submit Utilities
    Redwood Management Consulting: Redwood Materials Consulting, Redfood Management Consulting, Redwood City
    Lakeshore Distribution: Lakeshore Learning, Lakeside Distribution, Bakeshore Distribution
    Crestview Financial: Crestwood Financial, Crestview Fitness, Crestview Finishing
    Quantum Analytics: Quantum Athletics, Quantum Analysis Labs, Quantium Partners
    Vertex Pharmaceuticals: Vertex Chemicals, Vertica Pharmaceuticals, Vortex Pharmaceuticals
    Pinnacle Foods: Pinnacle Floors, Pinnacle Funds, Barnacle Foods
    Meridian Health Services: Meridian Wealth Services, Meridian Hearth Services, Median Health Services
    Sterling Industries: Stirling Industries, Sterling Jewelers, Sterling Bank
    Kensington Laboratories: Kennington Laboratories, Kensington Palace, Kensington Lavender
    Studio 54 Media: Studio 45 Media, Studio 64 Media
    3M Company: 3D Company, 3N Company, M3 Company
    AT&T Inc.: AT Kearney, ATX Networks, T&T Salvage
    7-Eleven, Inc.: 8-Eleven, Eleven Madison
    Siemens AG: Siemon AG, Simens Weine, Siemers Treuhand AG, Siebens AG
    Müller Maschinenbau GmbH: Möller Maschinenbau GmbH, Müller Metallbau GmbH, Miller Maschinenbau, Muller Martini
    Jäger Logistik GmbH & Co. KG: Jaguar Logistik, Jäger Optik GmbH, Jagger Logistics
    Schröder Elektrotechnik: Schrader Elektrotechnik, Schröter Elektrotechnik, Schröder Medizintechnik
    Krüger & Söhne KG: Krieger & Söhne KG, Kröger & Söhne KG, Krüger & Töchter KG
    Robert Bosch GmbH: Robert Koch Institut, Norbert Bosch, Robert Busch GmbH
    Nordwind Energie AG: Südwind Energie AG, Nordwind Airlines, Nordwand Energie
    Stadtwerke München GmbH: Stadtwerke Mülheim GmbH, Stadtwerke Münster GmbH, Stadtwerke Münchberg
    Universität Heidelberg: Universität Heidenheim, Universität Hildesheim, Pädagogische Hochschule Heidelberg
    Rheinmetall AG: Rheinmetal Rosen, Rheinmedia AG, Leinmetall AG
    Barclays Bank PLC: Berkeley Bank, Barkley Bank of Kentucky, Barclay College
    Marks & Spencer Group plc: Marx & Spencer Law, Mark Spencer, Marks & Spenser Theatre
    Thornbury Brothers Ltd: Thornhill Brothers Ltd, Thorbury Castle, Hornbury Brothers
    Hargreaves Lansdown: Hargreaves Services, Margreaves Lansdown, Hargrave Landsdowne Stables
    Whitbread Hotels: Whitehead Hotels, Whitebread Bakery, Whitbeck Hotels
    Nestlé S.A.: Nesle Tower, Nest Labs, Nessler AG, Vestle
    Schneider Electric SE: Schneider National, Schneider Electronics Shop, Schnitzer Electric
    Société Générale S.A.: Société Minérale, Societe Genevoise, Société Générale de Surveillance
    Telefónica S.A.: Telefix, Telefonix, Telefunken
    Banco Santander: Banco Sabadell, Banco Santa Fe, Banco Santos
    Pirelli S.p.A.: Piselli S.p.A., Pirella Agency, Perelli Wines
    Galp Energia: Galo Energia, Gala Energia
    Koninklijke Philips N.V.: Koninklijke Phillipson, Koninklijke Shell
    Ericsson AB: Eriksen AB, Erikson Institute, Ericson Yachts
    Carlsberg: Karlsberg, Carlsbad, Carlsbergstiftung Museum
    Toyota Motor Corporation: Toyoda Gosei, Toyo Motor Corporation, Toyota Tire
    Royal Bank of Canada: National Bank of Canada, Loyal Bank of Canada, Royal Bank of Scotland
    Commonwealth Bank of Australia: Commonwealth Bank of Austria, National Bank of Australia
    Standard Bank of South Africa: Standard Bank of South Dakota, Reserve Bank of South Africa
    Infosys Limited: Infosis Health, Inphosys, Infoseek Limited
    Norsk Hydro ASA: Norsk Hybrid ASA, Dansk Hydro
    Sasol Limited: Sassol Limited Edition, Safol Limited, Sanol
    Heineken N.V.: Heinekamp, Heinemann N.V.
    Газпром: Газпромбанк, Газпром Медиа, Газстрой
    Северсталь: Северсвязь, Севергаз
"""
"""Account: companies that are another one, though they share words or letters with it."""

BRANDS = """
    Siemens AG: Siemens Healthineers, Siemens Gamesa, Siemens Energy
    Delta Air Lines, Inc.: Delta Vacations
    Tata Consultancy Services: Tata Motors, Tata Steel, Tata Power
    Mitsubishi Electric K.K.: Mitsubishi Heavy Industries, Mitsubishi Motors, Mitsubishi Chemical
    Hewlett Packard Enterprise: HP Inc.
    Toyota Motor Corporation: Toyota Material Handling, Toyota Boshoku
    Novartis Pharma AG: Novartis Animal Health
    Salesforce, Inc.: Salesforce Ventures
    Robert Bosch GmbH: Bosch Rexroth, Bosch Power Tools
    Deutsche Bahn AG: Deutsche Bank, Deutsche Börse
    Reliance Industries: Reliance Jio, Reliance Capital
    FedEx Corporation: FedEx Office
    Abbott Laboratories: Abbott Vascular
    PayPal Holdings: PayPal Credit
"""
"""Account: companies of the same group, or of the same name, that are not in the book and are no account of it."""

STRANGERS = """
    Adatum Hosting, Alpine Ski House, Bellows College, Margie Travel, Fourth Coffee, Graphic Design Academy,
    Humongous Bank,
    Litware Retail, Lucerne Publishing, Proseware Fitness, Relecloud Gaming, Southridge Video, Trey Research,
    VanArsdel Furniture, Wide World Importers, Woodgrove Sawmill, Zenith Optics, Aurora Borealis Tours,
    Birchwood Veterinary, Calypso Charters, Dynamo Bicycles, Elmwood Brewing, Falcon Ridge Ranch, Gravity Climbing,
    Hearthstone Masonry, Indigo Textiles, Jupiter Plumbing, Kestrel Drones, Lighthouse Marine, Mosaic Tiles,
    Nimbus Weather, Orchid Spa, Paragon Archery, Quarry Stone Works, Riverbend Kayaks, Saffron Catering,
    Thistle Knitwear,
    Umbra Lighting, Velocity Motorsport, Willow Creek Winery, Xylem Timber, Yellowtail Sushi, Zephyr Balloons,
    Anker Fischzucht, Bergmann Orgelbau, Dachdeckerei Pohl, Eisdiele Venezia, Fahrschule Brandt, Gärtnerei Immergrün,
    Hofbäckerei Lang, Imkerei Sonnental, Juwelier Falk, Kanzlei Dr. Vogt, Landmetzgerei Huber, Malerbetrieb Otto,
    Optik Neumann, Praxis am Markt, Reisebüro Fernweh, Sägewerk Tannhof, Tierklinik Aachen, Uhrmacher Stern,
    Weingut Rebstock, Zimmerei Holzer, Atelier Dubois, Bijouterie Moreau, Cave des Vignerons, Fromagerie Petit,
    Garage Bertrand, Librairie du Port, Pharmacie Centrale, Traiteur Girard, Bodegas Navarro, Cerámica Toledo,
    Editorial Luna, Farmacia Ortiz, Hostal Miramar, Panadería Sol, Agriturismo Bellavista, Gelateria Fiore,
    Officina Conti, Trattoria Mancini, Vetreria Murano, Bakkerij Jansen, Fietsenwinkel De Wit, Tandarts Visser,
    Cykelsmeden, Fiskehuset Nord, Snickeri Lund, Bokhandel Berg, Kahvila Koivu, Piekarnia Kowalski, Ogrodnik Nowak,
    Truhlářství Dvořák, Kertészet Nagy, Ταβέρνα Ήλιος, Пекарня Заря, Студия Рассвет, Kirin Pottery, Sakura Dojo,
    Billabong Tours, Outback Solar, Canuck Outfitters, Masala House, Café do Ponto, Taquería La Luna, Karadeniz Balık,
    Protea Lodges, test.com, Freelance, Acme, Initech Staffing
"""
"""Companies that are not in the book and look like none of it."""


def look_alikes() -> list[tuple[str, str]]:
    """Pairs of the account in the book and the name of the other company."""
    return list(_pairs(LOOK_ALIKES))


def brands() -> list[tuple[str, str]]:
    """Pairs of the account in the book and the name of a company beside it."""
    return list(_pairs(BRANDS))


def strangers() -> list[str]:
    """Names that lead to no account."""
    return _listed(STRANGERS)


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    account = ""
    for line in text.strip().splitlines():
        start, found, names = line.strip().rpartition(": ")
        account = start if found else account
        pairs += [(account, name) for name in _listed(names)]
    return pairs


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", " ").split(",") if name.strip()]
