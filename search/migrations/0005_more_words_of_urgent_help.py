"""Adds words that mean urgent help, and exceptions. Staff keep the lists that they have."""

from importlib import import_module

from django.db import migrations

from search.normalization import words
from search.urgent_help import EXCEPTION, UrgentPhrases

URGENT = {
    "en": """
        overdose signs, signs of overdose, over doze, ovrdose, overdoes, overdosage, odd on, o d
        o d'd, is od, od on, oh dee, accidental overdose, oded on, naloxone, narcan, narkan, norcan
        noloxone, naxolone, naloxon, nalaxon, nasal spray, not wake, not wake up, not waking
        not waking up, not awake, not get up, not stay awake, unable to wake, never woke up
        asleep and not, trouble waking, hard to wake, can't be woken, wake him up, wake her up
        wake them up, wake up wake up, not breathe, not breath, not breathing, breathing stopped
        stops breathing, stop breathing, no breathing, no breath, hardly breathing, slow breathing
        breathing slow, breathing slowly, breathing weird, breathing funny, breathing strange
        shallow breathing, short of breath, trouble breathing, hard to breathe, gasping
        gasping for air, agonal, struggling to breathe, not respond, not responding, not reacting
        not answering, not answer, not talking, not move, not moving, no response, non responsive
        not conscious, loss of consciousness, lost consciousness, unconcious, unconsious
        unconscous, uncontious, unresponsve, unresponive, pass out, passes out, passing out
        passed out, black out, blacking out, faint, fainting, fell out, nodding out, nodded out
        nodded off, on the nod, zoned out and not, collapse, collapsing, limp, went limp, gone limp
        body is limp, body limp, is limp, limp body, he dropped, no puls, no pulse, no heartbeat
        no heart beat, heart attack, heart stopped, heart racing, not feel heart, heart is stopping
        cardiac arrest, chest pain, chest pains, chest hurts, pain in chest, stroke symptoms
        having a stroke, blue face, face is blue, face blue, is blue, turning blue, turn blue
        turns blue, went blue, gone blue, is purple, purple lips, lips are purple, lips purple
        gray lips, grey lips, lips are gray, lips gray, lips grey, face is gray, face is grey
        turning gray, turning grey, turned gray, turned grey, is gray, blue skin, gray skin
        grey skin, blue nails, blue fingers, blue fingernails, cold and blue, skin is cold
        cold and clammy, clammy skin, pale and cold, pinpoint pupils, pin point pupils, tiny pupils
        small pupils, gurgle, gurgling noise, snoring weird, snoring and not, snore gurgle
        death rattle, foaming at mouth, foam coming out, foam at mouth, foaming, choke, choked
        choking on vomit, throwing up and not, vomiting blood, vomiting and not
        vomiting unconscious, throwing up not stop, puking and not, seizing, siezure, seizure
        convulsing, convulsion, shaking not stop, is shaking, having a fit, took 2 much
        take too much, takes too much, taken too much, taking too much, took so much, did too much
        did to much, done too much, did 2 much, had too much, had to much, smoked too much
        drank too much, drank to much, drunk too much, drink too much, ate too much, used too much
        snorted too much, shot up too much, injected too much, ate too many, took so many
        took to many, taken too many, did too many, had too many, too high, way too high
        high and not, greened out, too much fentanyl, too much fent, too much heroin, too much dope
        too much opium, too much morphine, too much methadone, too much oxy, too much oxycodone
        too much oxycontin, too much percocet, too many percs, too many perc, too many pills
        too many pain pills, too much tylenol, too many opioids, too much opioids, too many drugs
        too much drugs, too much drug, too much medicine, too much medication, too many xanax
        too much xanax, too many xans, too many bars, too many benzos, too much benzo
        too much valium, too much klonopin, too much ativan, too much coke, too much cocaine
        too much crack, too much meth, too much speed, too much adderall, too much molly
        too much mdma, too much ecstasy, too much acid, too much lsd, too many shrooms
        too many mushrooms, too much ketamine, too much ket, too much ghb, too much xylazine
        too much tranq, too much kratom, too much spice, too much k2, too much suboxone
        too much gabapentin, too much benadryl, too much dxm, too much weed, too much thc
        too many edibles, too much edibles, too many gummies, too much alcohol, too much liquor
        too many drinks, took fentanyl, took fent, took heroin, took xanax, took pills, took a pill
        ate a pill, took percs, took a perc, took drugs, took something, took blue pill
        snorted fentanyl, smoked fentanyl, injected fentanyl, took a bottle, took whole bottle
        swallowed pills, swallowed pill, swallowed a bottle, swallowed bottle, swallowed drugs
        ate pills, got into pills, found pills, ate a gummy, ate gummies, ate edible, ate an edible
        ate edibles, ate weed, ate drugs, bad trip, freaking out, bad batch, bad dope, mixed pills
        mixed drugs, mixed with alcohol, xanax and alcohol, drugs and alcohol, drugged, was drugged
        been drugged, got drugged, roofied, roofie, roofies, spiked drink, spiked my drink
        drink spiked, drink was spiked, was spiked, drink was laced, laced, got laced, laced with
        laced weed, laced pills, something in my drink, put something in, poisoning, poison
        alcohol poisoning, alcohol poison, alchohol poisoning, drank bleach, poisend, withdrawal
        withdrawals, withdrawl, withdrawls, widthdrawal, dope sick, dopesick, detoxing, detox help
        delirium tremens, precipitated, kicking dope, coming off heroin, coming off fentanyl
        coming off benzos, die, dies, died, dead, dying, dyeing, is dead, going to die, gonna die
        want to die, wanna die, want 2 die, wants to die, wish I was dead, wish I were dead
        better off dead, let me die, ready to die, what if I die, kms, kill me, kill himself
        kill herself, kill themselves, killing myself, killing himself, killing herself
        kill my self, killed himself, killed herself, suicde, suicidle, suicide, suiside, sucide
        suicidal, self harm, selfharm, harm myself, hurt my self, hurting myself, hurting himself
        hurting herself, cut myself, cutting myself, cutting herself, cutting himself, slit wrists
        end it all, ending it all, end my life, ending my life, take my own life, not want to live
        not want live, not live anymore, not wanna live, not want to be alive, not want to be here
        not want to wake up, no reason to live, no point in living, give up on life
        tired of living, no one cares, nobody cares, not go on living, not go on like this
        hopeless, jump off a bridge, hang myself, shoot myself, helpp, hlp, hepl, plz help
        need help, need somebody, save him, save her, save my friend, save someone, save a life
        save me, sos, mayday, 9 1 1, call 911, emergancy, emergensy, emergncy, emrgency, emergency
        ambulence, ambulance, amblance, paramedic, paramedics, urgent, hospital, emergency room
        hotline, hot line, hotlin, helpline, help line, crisis line, lifeline, poison control
        poison center, use alone, using alone, never use alone, cpr, mouth to mouth
        recovery position, rescue position, chest compressions, rescue breath, first aid
        something is wrong, something wrong with, what do I do, what to do if, what should I do
        scared, panic attack, panicking, nto breathing, not braething, is sick, very sick
        nails are blue, nails blue, fingers blue, turning purple, he just dropped, she just dropped
        just sleeping, sleeping or, sleeping too long, not stand up, not walk, out cold, twitching
        burning up, eyes rolled, heart beating, not feel arms, not feel legs, not feel face
        not stop shaking, shaking bad, seeing things, hearing voices, hallucinating, greening out
        fake perc, fake percs, take fentanyl, there's fentanyl in, fentanyl in it, fentanyl in my
        took tylenol, took a bunch, took all my pills, took all the pills, swallowed whole bottle
        swallowed suboxone, too drunk, slurring, slurred, not making sense, confused and cold
        relapsed, relapsing, I relapse, need a fix, cold turkey, shakes from alcohol
        alcohol shakes, coming off xanax, coming off alcohol, coming off meth, coming off methadone
        coming off opioids, coming off pills, need to quit, not stop using, want to stop using
        how to stop using, I want to quit, I need rehab, I need detox, I need treatment
        need treatment now, rehab now, is an addict, is addicted, am addicted, am an addict
        is using again, drunk and hitting, better off without me, unalive, unalive myself, kys
        sewer slide, have a gun, want to disappear, want it to be over, I am done, I give up
        goodbye everyone, not do this anymore, I can't go on, no hope, cut too deep
        bleeding not stop, not stop bleeding, bleeding bad, is bleeding, who do I call
        who can I call, who should I call, who to call, number to call, someone to talk to
        talk to someone, need to talk, using tonight, weird noises, not woken, not get him up
        not get her up, not get them up, not rouse, unarousable, not open eyes, eyes not open
        no reaction, not react, he is cold, she is cold, ashen, pale and sweaty, not sweating
        overheated, overheating, overamping, meth psychosis, tranq wound, call ems, h e l p, 0d
        0verdose, 0verdosed, opioid withdrawal, alcohol withdrawal, heroin withdrawal
        fentanyl withdrawal, benzo withdrawal, xanax withdrawal, withdrawal symptoms
        withdrawal help, seizure from, seizure after, seizure symptoms, mental health crisis
        crisis text line, crisis number, crisis center, medical emergency, emergency number
        call emergency, rat poison, drank poison, ate poison, poison help, having a seizure
        having seizures, had a seizure, alcohol seizure, not stop throwing up, dying from
        might die, about to die, found dead, took poison, swallowed poison, drug withdrawal
        opiate withdrawal, meth withdrawal, methadone withdrawal, suboxone withdrawal
        through withdrawal, in withdrawal, having withdrawals, bad withdrawals, need a medic, medic
        person down, man down, someone down, dying on the street, emergency drugs, is he breathing
        is she breathing, slow breath, slow breaths, no wake, sleeping it off, sleep it off
        took them all, took everything, ways to die, how to die, I want the pain to stop
        much fentanyl kills, can you die from, I use fentanyl, I use heroin, I use meth
        am I an addict, help an addict, help an alcoholic, help a loved one, help my family
        nine one one, I'm panicking, panic, I feel numb, hitting me, beating me, going numb
        kill a person, how many pills to die, painless way to die, not want to exist, off myself
        hurt himself, hurt herself, nobody would miss me, lifeless, slumped over, slumped
        needle in arm, needle in his arm, needle in her arm, body on the floor, dead in bathroom
        face down on floor, not find a pulse, not feel a pulse, respiratory depression, apnea
        cyanosis, respiratory arrest, opioid toxicity, in a coma, clammy, pale lips, white lips
        pin pupils, popped pills, took methadone, took oxy, took molly, took coke, took meth
        drank drain cleaner, carbon monoxide poisoning, seeing bugs, paranoid on meth
        ready to end it, want to be gone, stopped moving, stopped talking, stopped answering
        losing him, losing her, call police for overdose, nobody helps, kill yourself, end it now
        rehab near me, detox near me, -chokehold, -chokeholds, -choke hold, -choke holds
        -unconscious bias, -no response from, -scared straight, -withdraw, -withdrawn, -withdrew
        -withdrawal of consent, -withdraw consent, -consent withdrawal, -helps, -odd, -odds, -oddly
        -cooking, -narco, -narcos, -poisonous, -dead end, -dead letter, -help wanted, -help pass
        -help change, -asset seizure, -property seizure, -assets seizure, -seizure of, -seizures of
        -seizure law, -seizure laws, -forfeiture seizure, -civil seizure, -search and seizure
        -seizure and forfeiture, -cash seizure, -vehicle seizure, -police seizure, -passed out of
        -pass out of, -passes out of, -dropped out of, -dropped out, -climate crisis
        -housing crisis, -budget crisis, -crisis response, -died in committee, -dead on arrival
        -hospital policy, -dead bill, -bill is dead, -fell out of, -end it all at, -drugged driving
        -sick leave, -stop and frisk, -shared, -consulting, -conversion, -conclusion, -conclusions
        -prison, -choosing, -sacred, -scored, -confusion, -forming, -homeless, -framing, -cooked
        -scanned, -abstinence, -scaled, -combustion, -emerging, -emergence, -overdue, -overdone
        -lifelike, -touched, -want to help, -wants to help, -wanting to help, -like to help
        -love to help, -I can help, -can I help, -can we help, -we can help, -how to help
        -how do I help, -ways to help, -where to help, -do to help, -help others, -helping others
        -help people, -help end the drug war, -help end the war, -help fight, -help stop the war
        -help the cause, -self help, -police help, -volunteer help, -help volunteer
        -suicide prevention funding, -suicide prevention bill, -suicide prevention act, -dr od
        -right to die, -can't breathe protest, -bad trip policy, -legal help
        -help with the campaign, -you can help, -have a gun charge, -talk to someone at
        -talk to someone about, -who to call about, -need to talk to, -quit the newsletter
        -passing out flyers, -passing out leaflets, -passing out food, -pass out flyers
        -blackout poetry, -blackout period, -states turning blue, -turning blue states
        -turn texas blue, -taxes are too high, -taxes too high, -bail too high, -bail is too high
        -prices too high, -costs too high, -too high a price, -too high a cost
        -senator not responding, -not responding to my letter, -not answering my email
        -not answering my letter, -congress not moving, -bill not moving
        -drugs and alcohol in schools, -drugs and alcohol policy, -quit my job, -hospital debt
        -hospital bill, -hospital bills, -ambulance bill, -ambulance bills, -legal hotline
        -tip hotline, -secretary of state sos, -drugs from evidence, -limp bizkit, -seizing assets
        -seizing property, -seizing cash, -seizing cars, -found pills in my car
        -what do I do to volunteer, -what do I do to join, -what should I do to vote
        -what should I do to volunteer, -what to do if arrested, -what to do if stopped
        -what to do if police, -help with login, -help with homework, -help with my account
        -help finding a lawyer, -panic attack button, -war panic, -moral panic, -panic over
        -help us pass, -help us change, -help us win, -help us end, -help us legalize
        -help us fight, -help us stop, -help us reform, -help us fund, -help us build
        -kill the bill, -I want to quit my job, -want to quit my job
    """,
    "es": """
        sobredosis, sobredocis, sovredosis, sobre docis, sobredosi, le dio una sobredosis
        señales de sobredosis, naloxona, nalaxona, naloxsona, narcan, narcán, norcan
        sobredosificado, auyda, alluda, ayudaa, necesito ayuda, nesesito, ayudenlo, ayúdenlo
        ayúdalo, socorro, auxilio, ausilio, sos, 911, 988, emergencia, emerjencia, emergensia
        urgensia, hambulancia, ambulansia, anbulancia, ambulancia, ambulancias, primeros ausilios
        rcp, hospital, línea de crisis, línea de vida, teléfono de ayuda, teléfono de emergencia
        que alguien me ayude, no despierta, no despiertan, no despertar, no despertarlo
        no despertarla, no despertó, despertarlo, despertarla, no se puede despertar, no levanta
        no se levanta, no reacciona, no reaccionan, no contesta, no responde, no mueve, no se mueve
        no habla, no abre los ojos, no respira, no respiran, no respirar, no respirando, norespira
        no rrespira, dejó de respirar, deja de respirar, respira raro, respira lento
        respira despacio, respira poco, respira mal, apenas respira, falta el aire, falta de aire
        no respiro, respiración lenta, sin conocimiento, perdió el conocimiento
        perder el conocimiento, inconsiente, inconciente, inconsciente, desmayo, desmayos, desmayó
        desmayarse, desmayé, desmallo, desmallado, desmallada, desmayado, desmayada, desvanecido
        desplomó, desplomado, se cayó y no, colapsó, colapso, sin pulso, no tiene pulso, infarto
        paro cardiaco, paro cardíaco, ataque al corazón, dolor de pecho, dolor en el pecho
        duele el pecho, corazón muy rápido, derrame cerebral, labios azules, labios asules
        labios morados, labios grises, cara azul, cara morada, piel azul, piel fría, está azul
        está morado, está morada, está gris, está pálido, está pálida, está frío, está fría
        puso azul, puso morado, puso morada, puso pálido, puso pálida, puso gris, pupilas pequeñas
        pupilas chiquitas, convulsión, convulsiones, convulsiona, convulsionando, convulsionó
        combulsion, conbulsiones, combulsiones, está temblando, temblando mucho, espuma en la boca
        sale espuma, echa espuma, espuma por la boca, se ahoga, me ahogo, ahogando, ahogándose
        ahogó, atragantó, atraganta, atragantado, ronca raro, ronca y no, vomitando sangre
        vomita y no, no para de vomitar, tomó demasiado, tomé demasiado, tomó mucho, tomé mucho
        tomó mucha, tomó muchas, tomé muchas, tomó demasiadas, tomé demasiadas, tomó pastillas
        tomé pastillas, muchas pastillas, demasiadas pastillas, frasco de pastillas
        tragó pastillas, tragué pastillas, tragó una pastilla, se tragó, comió una gomita
        comió gomitas, comió una pastilla, metió mucha, metió mucho, metió demasiado
        metí demasiado, metió demasiada, consumió demasiado, consumí demasiado, consumió mucha
        consumió mucho, fumé demasiado, fumó demasiado, fumó mucho, bebió demasiado, bebí demasiado
        bebió mucho, inyectó demasiado, inhaló demasiado, usó demasiado, mucha droga
        demasiada droga, demasiado fentanilo, demasiada heroína, demasiada cocaína, demasiada coca
        demasiada metanfetamina, demasiado cristal, demasiado alcohol, demasiado xanax
        demasiada mota, demasiada marihuana, mucho fentanilo, mucha heroína, mucha cocaína
        mucha coca, mucho alcohol, tomó fentanilo, tomé fentanilo, pasó de droga, pasó de drogas
        pasé de droga, se le pasó la mano, pasé de mota, pasó de mota, pasado de droga, muy drogado
        muy drogada, estoy drogado, estoy drogada, está drogado, está drogada, drogado y no
        mal viaje, malviaje, malpasón, comió mota, comió marihuana, borracho no despierta
        me drogaron, lo drogaron, la drogaron, drogaron, echaron algo, pusieron algo
        algo en la bebida, intoxicación, intoxicasion, intoxicado, intoxicada
        intoxicación alcohólica, coma etílico, envenenado, embenenado, envenenada, envenenó, veneno
        adulterada, adulterado, abstinencia, síndrome de abstinencia, malilla
        síntomas de abstinencia, muriendo, murió, murio, se murió, está muerto, está muerta, muerto
        muerta, muero, muere, morirme, morirse, se muere, me muero, voy a morir, va a morir
        quiero morir, quiere morir, quería morir, morir ya, ganas de vivir, no quiero vivir
        no quiere vivir, no vivir, sin ganas de vivir, no seguir viviendo, quiero matar, matarme
        matarse, quiere matarse, me mato, me voy a matar, quitarme la vida, quitarse la vida
        se quiere quitar la vida, suicidio, suisidio, suicida, suicidas, suicidarse, suicidarme
        suicidó, se quiere suicidar, pensamientos suicidas, hacerme daño, hacerse daño
        me hago daño, se hace daño, lastimarme, lastimarse, me corto, se corta, cortarme, cortarse
        autolesión, autolesiones, autolesionarse, acabar con todo, acabar con mi vida, siente mal
        me siento mal, me siento muy mal, siento mal, puso mal, se puso mal, está muy mal
        está grave, tengo miedo, estoy asustado, estoy asustada, ataque de pánico, qué hago
        que ago, no sé qué hacer, qué hacer si, qué hacer en una sobredosis, hijo usa drogas
        hija usa drogas, salvar a alguien, salvar a mi, cómo salvar, me pasé, me estoy pasando
        pasé con, pasé de pastillas, pasó de pastillas, pasó con la coca, compa se pasó
        amigo se pasó, se le fue la mano, se me fue la mano, se sobrepasó, sobrepasado
        no quiero estar vivo, no quiero estar viva, no quiero estar aquí, no quiero seguir
        quiero desaparecer, no puedo más, no aguanto, no aguanto más, ojalá me muriera
        mejor sin mí, no vale la pena vivir, razones para vivir, me corté, se cortó las venas
        sangrar, sangra mucho, sangrando, poniendo azul, poniendo morada, poniendo morado
        poniendo pálido, poniendo pálida, poniendo gris, alguien me ayude, alguien ayúdeme
        hablar con alguien, alguien con quien hablar, a quién llamo, a quién llamar
        quién puedo llamar, boca a boca, dar respiración, era fentanilo, tenía fentanilo
        fentanilo en mi, mezclo alcohol, mezclé alcohol, mezcló alcohol, alcohol y pastillas
        mezclé pastillas, estoy sola, estoy solo, quiero dejar las drogas, quiero dejar la droga
        dejar de consumir, parar de consumir, quiero dejar de usar, volví a consumir, recaí
        recaída, me arrestan, tengo pánico, unas azules, uñas azules, uñas moradas
        labios moraditos, quiero suicidar, quiero suisidar, ahorcarme, ahorcarse, colgarme
        me voy a colgar, me voy a ahorcar, aventarme, tirarme, pegarme un tiro, tengo una pistola
        no siento su pulso, no siento pulso, hayuda, aylluda, perdió el sentido, taquicardia
        ojos en blanco, ojos volteados, ruidos raros, no para de temblar, no deja de vomitar
        está helado, está helada, punta de alfiler, no late, no le late, late rápido
        sale el corazón, cuesta respirar, no ta respirando, tomé todo el frasco
        tomó todo el frasco, tomó cloro, tomó el cloro, tomo cloro, comió un brownie, burundanga
        bien pacheco, dio la pálida, dio el bajón, desintoxicando, dejar la heroína
        estoy desesperado, estoy desesperada, posición de recuperación, compresiones en el pecho
        no wakea, perco falso, percs falsas, pastillas azules m30, tomó fenta, fumó fenta
        tomó xanax, inyectó y se durmió, congestión alcohólica, golpe de calor, friqueó
        ataque de ansiedad, alucinando, veo cosas, oigo voces, escucho voces, me picaron
        entoxicado, intoxicación por alcohol, intoxicación por drogas, intoxicación por fentanilo
        emergencia médica, número de emergencia, números de emergencia, llamar a emergencias
        crisis nerviosa, veneno para ratas, estar muerto, estar muerta, mejor muerto, mejor muerta
        kiero morir, kiero matar, boy a matar, me envenené, quién llamar, creo que murió
        sala de emergencias, con abstinencia, abstinencia de alcohol, abstinencia de heroína
        abstinencia de opioides, ni respira, no puede ni respirar, no está respondiendo
        no se está moviendo, no puede hablar, no puede caminar, tengo mucho miedo, se nos fue
        se nos va, se nos muere, emergencia ahora, le dio un paro, se droga, mezclé cocaína
        cómo ayudar a mi hijo, cómo ayudar a mi hija, cómo ayudar a mis hijos
        problema con las drogas, nueve uno uno, tirado en el piso, tirada en el piso
        tirado en el baño, tirada en el baño, aguja en el brazo, está tieso, está tiesa
        se empastilló, paro respiratorio, depresión respiratoria, se le va el aire
        no le entra aire, sudor frío, cansado de vivir, cansada de vivir, no quiero existir
        pastillas para morir, le dio un ataque, se metió heroína, tomó todas las pastillas
        tomó veinte pastillas, me siento raro, me siento rara, sálvenlo, sálvenla
        necesito un doctor, necesito un médico, quiero que todo termine, terminar con todo
        acabar con esto, me duele vivir, soy una carga, nadie me quiere, se ve muerto, hijo drogado
        hija drogada, está muy dormido, está muy dormida, ayúdeme, auxílienme, auxílienos, ayúdenos
        no respondiendo, no hablando, no moviendo, no moviéndose, no se despierta, cómo lo ayudo
        cómo la ayudo, cómo le ayudo, cómo lo puedo ayudar, cómo la puedo ayudar
        cómo le puedo ayudar, puedo ayudarlo, puedo ayudarla, cómo ayudarlo, cómo ayudarla
        no responder, no moverse, -ayuda a cambiar, -ayuda mutua, -pena de muerte, -marcan
        -quiero ayudar, -quisiera ayudar, -queremos ayudar, -puedo ayudar, -podemos ayudar
        -cómo ayudar, -gustaría ayudar, -dónde ayudar, -formas de ayudar, -maneras de ayudar
        -ayudar a la causa, -ayudar a cambiar, -ayudar a otros, -ayudar a los demás
        -ayuda humanitaria, -no responde el gobierno, -gobierno no responde, -seguir recibiendo
        -no quiero seguir recibiendo, -hablar con alguien de, -llamar para donar
        -qué hago para donar, -qué hago para registrarme, -qué hago para votar
        -qué hago si me detiene, -no habla español, -no habla inglés, -no me contestan el correo
        -no contestan el correo, -estoy solo buscando, -la ley no se mueve, -senador no contesta
        -me corto el pelo, -tirarme una foto, -hospital general, -inconsistente, -inconsistencia
    """,
}


first = import_module("search.migrations.0003_first_word_groups")


def lines(text):
    return dict.fromkeys(", ".join(row.strip() for row in text.strip().splitlines()).split(", "))


def add(apps, schema_editor):
    group = apps.get_model("search", "WordGroup")
    lists = group.objects.filter(urgent=True).values_list("words", flat=True)
    current = [line for some in lists for line in some.splitlines()]
    original = [line for text in first.URGENT.values() for line in lines(text)]
    kept = UrgentPhrases(current)
    # Phrases that staff deleted stay deleted, and their own phrases come before exceptions.
    deleted = [query for line in original if not is_in(kept, query := list(words(line)))]
    own = [line for line in current if line not in original]
    for language, text in URGENT.items():
        added = [line for line in lines(text) if is_added(line, deleted, own)]
        exceptions = [line for line in added if line.startswith(EXCEPTION)]
        phrases = [line for line in added if line not in exceptions]
        # Two lists, because one would be too long for the form.
        for some in filter(None, (phrases, exceptions)):
            group.objects.create(words="\n".join(some), language=language, urgent=True)


def is_added(line, deleted, own):
    query, phrase = list(words(line)), UrgentPhrases([line.removeprefix(EXCEPTION)])
    if line.startswith(EXCEPTION):
        return not any(
            is_in(UrgentPhrases([one]), query) or is_in(phrase, list(words(one))) for one in own
        )
    return not any(is_in(phrase, one) for one in deleted)


def is_in(phrases, query):
    return phrases.are_in(query, is_known=lambda word: False)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_donation_words")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
