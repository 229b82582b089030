"""Domains that do not stand for a company, and country domains that do not stand for a country."""

from __future__ import annotations

FREE_MAIL_FAMILIES = frozenset(
    {"yahoo", "hotmail", "gmail", "googlemail", "gmx", "aol", "yandex", "protonmail", "rocketmail", "ymail"}
)
"""Providers who own their name under every top level that matters: yahoo.de, yahoo.co.jp, …"""

_FREE_MAIL = """
    outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.jp outlook.in outlook.ie outlook.at outlook.be
    outlook.dk outlook.pt outlook.cl outlook.sa outlook.com.br outlook.com.ar outlook.com.au outlook.com.tr
    live.com live.de live.fr live.it live.nl live.be live.se live.dk live.no live.ca live.cn live.jp live.in
    live.ie live.at live.cl live.ru live.co.uk live.com.au live.com.mx live.com.ar live.com.pt live.com.sg
    live.co.za msn.com passport.com windowslive.com icloud.com me.com mac.com proton.me pm.me tutanota.com
    tutanota.de tuta.io tutamail.com tuta.com keemail.me hey.com fastmail.com fastmail.fm fastmail.net sent.com
    zoho.com zohomail.com zohomail.eu mail.com email.com usa.com post.com consultant.com engineer.com europe.com
    asia.com iname.com myself.com dr.com techie.com workmail.com cheerful.com gmx-topmail.de hush.com hushmail.com
    hushmail.me lavabit.com mailfence.com posteo.de posteo.net posteo.org mailbox.org startmail.com runbox.com
    disroot.org riseup.net inbox.com inbox.lv inbox.ru mail.ru bk.ru list.ru internet.ru rambler.ru lenta.ru ro.ru
    ya.ru autorambler.ru myrambler.ru ukr.net i.ua meta.ua bigmir.net tut.by mail.kz mail.ee mail.bg abv.bg dir.bg
    gbg.bg seznam.cz email.cz post.cz centrum.cz centrum.sk atlas.cz atlas.sk volny.cz azet.sk zoznam.sk post.sk
    pobox.sk wp.pl o2.pl interia.pl interia.eu onet.pl onet.eu op.pl poczta.fm vp.pl gazeta.pl tlen.pl go2.pl
    autograf.pl buziaczek.pl amorki.pl poczta.pl freemail.hu citromail.hu vipmail.hu indamail.hu t-online.hu net.hr
    inet.hr siol.net libero.it virgilio.it alice.it tin.it tim.it tiscali.it email.it katamail.com inwind.it iol.it
    blu.it fastwebnet.it legalmail.it supereva.it web.de freenet.de t-online.de arcor.de online.de mail.de email.de
    freemail.de unitybox.de kabelbw.de kabelmail.de unitymedia.de versanet.de netcologne.de osnanet.de ewetel.net
    ewe.net alice.de alice-dsl.de alice-dsl.net o2online.de o2mail.de gmx-mail.de directbox.com lycos.de
    compuserve.de compuserve.com netscape.net bluewin.ch hispeed.ch sunrise.ch swissonline.ch swissmail.com a1.net
    aon.at chello.at inode.at utanet.at liwest.at kabsi.at tele2.at eunet.at orange.fr wanadoo.fr free.fr sfr.fr
    laposte.net neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr cegetel.net voila.fr dbmail.com
    noos.fr 9online.fr gmx-france.fr caramail.com caramail.fr francite.com telenet.be skynet.be scarlet.be
    pandora.be belgacom.net voo.be edpnet.be ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl home.nl chello.nl
    upcmail.nl xs4all.nl casema.nl quicknet.nl zonnet.nl tele2.nl telfort.nl onsnet.nu zeelandnet.nl solcon.nl
    caiway.nl caiway.net freeler.nl telefonica.net terra.es ono.com orange.es ya.com wanadoo.es mixmail.com
    hispavista.com movistar.es jazztel.es euskaltel.net correo.es sapo.pt clix.pt iol.pt netcabo.pt mail.pt meo.pt
    portugalmail.pt btinternet.com btopenworld.com talktalk.net talk21.com tiscali.co.uk sky.com virginmedia.com
    virgin.net blueyonder.co.uk ntlworld.com orange.net o2.co.uk plus.net plus.com freeserve.co.uk fsmail.net
    madasafish.com wanadoo.co.uk zen.co.uk eclipse.co.uk lineone.net supanet.com uwclub.net onetel.com gmx-uk.co.uk
    pipex.com eircom.net indigo.ie iol.ie oceanfree.net comcast.net verizon.net att.net sbcglobal.net bellsouth.net
    charter.net spectrum.net cox.net earthlink.net juno.com netzero.net netzero.com optonline.net optimum.net
    roadrunner.com rr.com windstream.net frontier.com frontiernet.net centurylink.net centurytel.net embarqmail.com
    q.com qwest.net suddenlink.net cableone.net mediacombb.net mchsi.com wowway.com wowway.net pacbell.net
    ameritech.net swbell.net nvbell.net prodigy.net snet.net flash.net peoplepc.com mindspring.com aim.com
    wmconnect.com cs.com excite.com lycos.com tds.net hughes.net wildblue.net toast.net localnet.com metrocast.net
    atlanticbb.net zoominternet.net rcn.com knology.net consolidated.net cincinnatibell.net fuse.net insightbb.com
    bresnan.net gci.net hawaiiantel.net myfairpoint.net rogers.com shaw.ca sympatico.ca bell.net videotron.ca
    telus.net cogeco.ca cogeco.net eastlink.ca sasktel.net mts.net mymts.net primus.ca teksavvy.com vif.com
    tbaytel.net xplornet.com bigpond.com bigpond.net.au bigpond.com.au optusnet.com.au iinet.net.au on.net
    tpg.com.au dodo.com.au westnet.com.au adam.com.au ozemail.com.au netspace.net.au iprimus.com.au aapt.net.au
    xtra.co.nz clear.net.nz slingshot.co.nz orcon.net.nz paradise.net.nz ihug.co.nz uol.com.br bol.com.br
    terra.com.br ig.com.br globo.com globomail.com oi.com.br r7.com zipmail.com.br pop.com.br superig.com.br
    ibest.com.br click21.com.br veloxmail.com.br prodigy.net.mx terra.com.mx infinitum.com.mx telmex.com
    fibertel.com.ar ciudad.com.ar arnet.com.ar speedy.com.ar adinet.com.uy vtr.net cantv.net terra.com.co
    une.net.co terra.cl qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn wo.cn
    aliyun.com tom.com 21cn.com 263.net eyou.com hanmail.net daum.net naver.com nate.com kakao.com dreamwiz.com
    korea.com empal.com paran.com lycos.co.kr docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com biglobe.ne.jp
    so-net.ne.jp ocn.ne.jp dion.ne.jp au.com plala.or.jp excite.co.jp goo.jp infoseek.jp asahi-net.or.jp home.ne.jp
    eonet.ne.jp rediffmail.com rediff.com indiatimes.com sify.com vsnl.net vsnl.com sancharnet.in bsnl.in in.com
    hinet.net pchome.com.tw seed.net.tw singnet.com.sg starhub.net.sg pacific.net.sg streamyx.com tm.net.my
    pldtdsl.net netvigator.com hkbn.net walla.co.il walla.com netvision.net.il bezeqint.net zahav.net.il 013.net
    012.net.il nana10.co.il mweb.co.za webmail.co.za telkomsa.net vodamail.co.za iafrica.com lantic.net
    absamail.co.za emirates.net.ae eim.ae qatar.net.qa maktoob.com comhem.se bredband.net spray.se tele2.se home.se
    swipnet.se glocalnet.net passagen.se online.no broadpark.no getmail.no lyse.net c2i.net start.no frisurf.no
    mail.dk jubii.dk tdcadsl.dk stofanet.dk webspeed.dk tele.dk get2net.dk youmail.dk ofir.dk kolumbus.fi
    elisanet.fi luukku.com inet.fi suomi24.fi saunalahti.fi netti.fi welho.com otenet.gr forthnet.gr hol.gr in.gr
    pathfinder.gr freemail.gr cytanet.com.cy superonline.com ttmail.com mynet.com turk.net ttnet.net.tr gawab.com
    bluebottle.com care2.com lycosmail.com operamail.com myway.com mailcity.com bigfoot.com usa.net netaddress.com
    doramail.com hotpop.com mail2world.com 37.com skiff.com duck.com mozmail.com anonaddy.com anonaddy.me
    simplelogin.com simplelogin.co aleeas.com slmail.me appleid.com cock.li airmail.cc ctemplar.com criptext.com
    mailo.com netcourrier.com
"""
FREE_MAIL = frozenset(_FREE_MAIL.split())

SHARED = frozenset({"onmicrosoft.com"})
"""Domains under which tenants of one provider have addresses."""

_SITES_OF_MANY = """
    facebook.com fb.com linkedin.com lnkd.in instagram.com twitter.com x.com youtube.com youtu.be tiktok.com xing.com
    pinterest.com linktr.ee medium.com github.com gitlab.com google.com goo.gl bit.ly t.me telegram.me wa.me
    whatsapp.com
    etsy.com ebay.com amazon.com yelp.com crunchbase.com g2.com trustpilot.com behance.net dribbble.com vimeo.com
    notion.so about.me calendly.com wordpress.com wix.com squarespace.com weebly.com jimdo.com tumblr.com
"""
SITES_OF_MANY = frozenset(_SITES_OF_MANY.split())
"""Sites where many companies have a page. Their own staff is known by its e-mail addresses."""

_TOP_LEVELS_OF_NO_COUNTRY = """
    ac ad ag ai am as bz cc cd cf cm co cx dj eu fm ga gd gg gl gq gs hm im io ki la lc li ly me ml mn ms mp nf nu pm
    pn pw re sc sh so sr st su sx tc tf tk tl to tv vc vg vu ws yt
"""
TOP_LEVELS_OF_NO_COUNTRY = frozenset(_TOP_LEVELS_OF_NO_COUNTRY.split())
"""Country domains that anybody takes for their sound or price."""
